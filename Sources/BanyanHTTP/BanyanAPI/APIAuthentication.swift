import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanTransport
import HTTPTypes
import HandleProtocol
import OpenSSL

/// Who makes a call of the Banyan API: by a token, by what a session has given, or by name and password. All of them
/// count where `HTTPCall.takesCredentials`.
struct APIAuthentication: Sendable {
    /// Threads that passwords are hashed on, so that whoever guesses does not stop other calls.
    private static let threadCount = 2

    private let services: APIServices
    private let passwords = HandOffQueue(threadCount: threadCount)

    init(_ services: APIServices) { self.services = services }

    /// - Throws: 401 where something is shown that does not count, 429 where a name is locked.
    func principal(of call: HTTPCall) async throws -> Principal? {
        guard let header = call.header(.authorization) else { return nil }
        guard call.takesCredentials else {
            throw Self.refusal("Credentials do not count over a connection in clear; use HTTPS.")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        let rest = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        switch parts.first?.lowercased() {
        case "bearer":
            let services = services
            let principal = try await call.work {
                rest.hasPrefix(AccessToken.mark)
                    ? try call.tokenPrincipal(in: services.index)
                    : try services.account(services.signedIn.name(ofToken: rest))
            }
            guard let principal else { throw Self.refusal("The token is unknown, over, or used from elsewhere.") }
            return principal
        case "basic":
            guard let (name, password) = Self.pair(rest) else { throw Self.refusal("It is no pair in base64.") }
            return try await signIn(name, password, call).principal
        default: throw Self.refusal("The scheme is neither Bearer nor Basic.")
        }
    }

    /// Signs in with name and password; failures are counted, and lock.
    func signIn(_ name: String, _ password: SecretBytes, _ call: HTTPCall) async throws -> Account {
        let (services, address) = (services, IPAddress(high: call.peer.addressHigh, low: call.peer.addressLow))
        return try await withCheckedThrowingContinuation { continuation in
            let isTaken = passwords.submit {
                continuation.resume(
                    with: Result {
                        do throws(AccountError) {
                            return try services.signIn.signIn(name, .password(password), from: "\(address)")
                        } catch {
                            throw error == .wrongCredentials
                                ? Self.refusal("No such user, or another password.") : ProblemResponse(error)
                        }
                    })
            }
            if !isTaken { continuation.resume(throwing: ProblemResponse.busy) }
        }
    }

    private static func pair(_ text: String) -> (name: String, password: SecretBytes)? {
        var writer = ByteWriter()
        let encoded = Array(text.utf8)
        guard Base64.decode(encoded.rawSpan, into: &writer) else { return nil }
        let bytes = writer.bytes
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: bytes[..<colon], as: UTF8.self)
        else { return nil }
        return (name, SecretBytes(Array(bytes[(colon + 1)...])))
    }

    private static func refusal(_ reason: String) -> ProblemResponse {
        var problem = ProblemResponse.notSignedIn
        problem.code = "wrong-credentials"
        problem.title = "The credentials do not count"
        problem.detail = reason
        return problem
    }
}

extension APIServices {
    /// What an account of that name may; nil where it is disabled or gone.
    fileprivate func account(_ name: String?) throws -> Principal? {
        guard let name, let account = try accounts.account(name), !account.isDisabled else { return nil }
        return account.principal
    }
}

extension ProblemResponse {
    /// What a caller is told of accounts and tokens.
    init(_ error: AccountError) {
        let text = error.description
        switch error {
        case .wrongCredentials: self.init(.unauthorized, "wrong-credentials", "The credentials do not count")
        case .lockedOut(let seconds):
            self.init(.tooManyRequests, "locked-out", "Too many failures", detail: text, retryAfter: seconds)
        case .nameTaken: self.init(.conflict, "name-taken", text, field: "name")
        case .emailTaken: self.init(.conflict, "mail-taken", text)
        case .mobileTaken: self.init(.conflict, "mobile-taken", text)
        case .noSuchName: self.init(.notFound, "no-such-name", text)
        case .invalidName: self.init(.badRequest, "invalid-name", text, field: "name")
        case .weakPassword: self.init(.badRequest, "weak-password", text, field: "password")
        case .changed: self = .preconditionFailed
        case .index(let error): self.init(error)
        case .library: self = .internalError
        case .submission(let error): self.init(error)
        case .refused(let error): self.init(error)
        }
    }
}
