import HTTPTypes
import HandleProtocol
import Hummingbird

/// What a path under `/api` is. Everything behind `/api/handles/` is the handle, further slashes included; a plus sign
/// stays one.
enum HandleEndpoint: Equatable {
    /// Empty: a list, where a prefix is given.
    case record([UInt8])
    /// Empty: all of them, or the one that a parameter names.
    case prefixes([UInt8])
    case site
    case sessions
    case session([UInt8])
    case verification([UInt8])

    init(_ path: Substring, method: HTTPRequest.Method) throws(HandleAnswer) {
        let rest = path.dropFirst("/api/".utf8.count)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let tail = PercentEncoding.decode(rest[end...].dropFirst()) else {
            throw HandleAnswer(.invalidHandle, "a percent sign without two hexadecimal digits")
        }
        switch rest[..<end] {
        case "handles": self = .record(tail)
        case "prefixes": self = .prefixes(tail)
        case "site" where tail.isEmpty: self = .site
        case "sessions": self = tail.isEmpty ? .sessions : .session(tail)
        case "verifications" where !tail.isEmpty: self = .verification(tail)
        default:
            var answer = HandleAnswer(
                .protocolError, "Unknown HTTP API endpoint \(method.rawValue) \(path.prefix(256))")
            answer.status = .notFound
            throw answer
        }
        guard Self.known.contains(method) else {
            var answer = HandleAnswer(.protocolError, "Unknown method \(method.rawValue)", handle: handle)
            answer.status = .notImplemented
            throw answer
        }
        guard methods.contains(method) || method == .options else {
            var answer = HandleAnswer(.protocolError, "Method \(method.rawValue) not allowed here", handle: handle)
            answer.status = .methodNotAllowed
            answer.headers[.allow] = allowed
            throw answer
        }
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .options, .trace]

    private var methods: [HTTPRequest.Method] {
        switch self {
        case .record: [.get, .head, .post, .put, .delete]
        case .prefixes(let prefix): prefix.isEmpty ? [.get, .head, .post, .delete] : [.post, .delete]
        case .site: [.get, .head, .post]
        case .sessions: [.post]
        case .session: [.get, .head, .put, .post, .delete]
        case .verification: [.get, .head, .post]
        }
    }

    private var allowed: String { (methods + [.options]).map(\.rawValue).joined(separator: ", ") }

    var optionsResponse: Response { Response(status: .ok, headers: [.allow: allowed]) }

    /// The handle that the path names, which every answer repeats.
    var handle: [UInt8]? {
        switch self {
        case .record(let handle) where !handle.isEmpty: handle
        default: nil
        }
    }

    /// Whether the body of such a request holds parameters.
    func readsFormBody(_ method: HTTPRequest.Method) -> Bool {
        switch self {
        case .record, .site, .verification: method == .post
        case .prefixes: true
        case .sessions, .session: true
        }
    }
}
