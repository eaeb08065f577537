import HandleClient
import HandleProtocol

/// What a server said to an administrator's request: for scripts in JSON, for people with what to do next.
struct AdministrationAnswer {
    let code: ResponseCode
    /// What the request was about, or, where the server made up a name, that.
    let handle: [UInt8]
    private let message: String?

    init(_ reply: Administration.Reply, on handle: [UInt8]) {
        code = reply.responseCode
        var name = handle
        var text: String?
        switch reply.answer.body {
        case .created(let body): name = body.handle
        case .error(let body): text = body.message.map { String(decoding: $0, as: UTF8.self) }
        default: break
        }
        self.handle = name
        message = text.flatMap { $0.isEmpty ? nil : $0 }
    }

    var isDone: Bool { code == .success }
    var name: String { ValueText.harmless(String(decoding: handle, as: UTF8.self)) }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("responseCode")
        writer.write(code.rawValue)
        if !handle.isEmpty {
            writer.name("handle")
            writer.write(String(decoding: handle, as: UTF8.self))
        }
        if let message {
            writer.name("message")
            writer.write(message)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Code, meaning, the server's own words, and what to do next.
    var explanation: String {
        let (meaning, advice) = Self.meaning(of: code)
        let words = message.map { " (" + ValueText.harmless($0) + ")" } ?? ""
        let subject = handle.isEmpty ? "" : name + ": "
        return "\(subject)code \(code.rawValue), \(meaning)\(words); \(advice)"
    }

    static func meaning(of code: ResponseCode) -> (String, advice: String) {
        switch code {
        case .error: ("the server failed", "see its log")
        case .serverTooBusy: ("the server is too busy, or has seen too many wrong proofs", "try again in a minute")
        case .protocolError: ("the server did not take the request", "does --server take administration?")
        case .operationNotSupported: ("the server does not do that", "ask its operator")
        case .serverReadOnly: ("the server takes no changes", "name the primary site's --server")
        case .handleNotFound: ("no such handle", "check its spelling, or make it with banyan create")
        case .handleAlreadyExists:
            ("the handle is there already", "change it with banyan modify, or replace it with --overwrite")
        case .invalidHandle: ("the server does not take that name", "write a handle as PREFIX/NAME")
        case .valuesNotFound: ("the handle has no value of such an index", "look with banyan resolve")
        case .valueAlreadyExists:
            ("an index is there already, or given twice", "choose another, or replace it with --overwrite")
        case .invalidValue: ("a value is not accepted", "indexes count from 1, and there must be a value")
        case .serverNotResponsible:
            ("the server is not responsible for it", "name another --server, or home the prefix with banyan home")
        case .serviceReferral, .prefixReferral:
            ("another site is responsible for it", "banyan resolve --trace shows which: name it as --server")
        case .notAdministrator:
            ("the administrator may not do that", "name one as --admin whom an HS_ADMIN of handle or prefix allows")
        case .insufficientPermissions: ("a value's permissions forbid it", "banyan resolve --all shows them")
        case .authenticationFailed:
            ("the key does not prove the administrator", "does --key belong to --admin? See banyan key inspect")
        case .invalidCredential, .authenticationError:
            ("the administrator's key cannot be used", "--admin must name an HS_PUBKEY or HS_SECKEY value")
        case .authenticationNeeded, .authenticationTimeout, .sessionTimeout:
            ("the proof came too late", "try again")
        default: ("which is not a success", "ask the server's operator")
        }
    }
}
