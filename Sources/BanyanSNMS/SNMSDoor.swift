import BanyanAdmin
public import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import BanyanTransport
import HTTPTypes
public import Hummingbird
import Logging

/// The calls of SNMS at an HTTP server, under any base path.
public struct SNMSDoor: HTTPDoor {
    /// Threads that passwords are hashed on, so that whoever guesses does not stop other calls.
    private static let loginThreadCount = 2

    private let services: SNMSServices
    private let settings: SNMSSettings
    private let routes: [String: [SNMSRoute]]
    private let logins = HandOffQueue(threadCount: loginThreadCount)

    public init(services: SNMSServices, settings: SNMSSettings) {
        self.services = services
        self.settings = settings
        let all =
            IdentityRoutes(services: services).routes + TemplateRoutes(services: services).routes
            + IdentifierRoutes(services: services).routes + BatchRoutes(services: services).routes
            + EnterpriseRoutes(services: services).routes + PrefixRoutes(services: services).routes
            + FileRoutes(services: services).routes
        routes = Dictionary(grouping: all, by: \.path)
    }

    public func takes(_ path: Substring) -> Bool { routes[route(path)] != nil }

    /// Without the base and a slash at the end; empty where the base is another one.
    private func route(_ path: Substring) -> String {
        guard path.hasPrefix(settings.base) else { return "" }
        let rest = path.dropFirst(settings.base.count)
        return String(rest.hasSuffix("/") ? rest.dropLast() : rest)
    }

    public func respond(to call: HTTPCall) async throws -> Response {
        do {
            return Envelope.success(try await answer(call))
        } catch let failure as SNMSFailure {
            return Envelope.failure(failure)
        } catch let problem as ProblemResponse {
            // The client did not get as far as a call; the body is still one that it can read.
            return Envelope.failure(
                SNMSFailure(
                    .failed, Messages.text(problem), retryAfter: problem.retryAfter, http: problem.status))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            call.logger.error("a call failed", metadata: ["error": "\(type(of: error))"])
            return Envelope.failure(SNMSFailure(.failed, Messages.internalError))
        }
    }

    private func answer(_ call: HTTPCall) async throws -> JSONValue {
        let candidates = routes[route(call.path)] ?? []
        guard let route = candidates.first(where: { $0.method == call.method.rawValue }) else {
            throw SNMSFailure(.refused, Messages.methodNotAllowed, http: .methodNotAllowed)
        }
        let address = IPAddress(high: call.peer.addressHigh, low: call.peer.addressLow)
        let request = SNMSRequest(
            body: try await call.body(upTo: route.bodyByteCountMax), contentType: call.header(.contentType) ?? "",
            parameters: try call.parameters(), address: "\(address)", source: "snms \(call.peer) \(call.id)")
        guard route.access != .login else {
            guard call.takesCredentials else { throw SNMSFailure.refused(Messages.needsTLS) }
            return try await login { try route.handle(request) }
        }
        let authorization = call.header(.authorization)
        guard authorization == nil || call.takesCredentials else {
            throw SNMSFailure(.notSignedIn, Messages.needsTLS)
        }
        let isOpen = route.access == .query && settings.allowsAnonymousQuery && authorization == nil
        let services = services
        return try await call.work {
            var request = request
            request.principal = try Self.principal(authorization, from: address, services)
            guard request.principal != nil || isOpen else {
                throw SNMSFailure(.notSignedIn, Messages.signInAgain)
            }
            return try route.handle(request)
        }
    }

    /// Who has that token: `Bearer`, a space, and what a login gave or an access token.
    private static func principal(
        _ authorization: String?, from address: IPAddress, _ services: SNMSServices
    ) throws -> Principal? {
        guard let authorization, authorization.count < 512 else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = String(parts[1])
        let snapshot = try services.index.snapshot()
        if token.hasPrefix(AccessToken.mark) {
            return try snapshot.principal(ofToken: token, at: ChangeOrigin.now) {
                Network($0)?.contains(address) ?? false
            }
        }
        guard let name = services.signedIn.name(ofToken: token),
            let account = try snapshot.stored(Account.self, name)?.value, !account.isDisabled
        else { return nil }
        return account.principal
    }

    private func login(_ body: @escaping @Sendable () throws -> JSONValue) async throws -> JSONValue {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = logins.submit { continuation.resume(with: Result { try body() }) }
            if !isTaken { continuation.resume(throwing: SNMSFailure.busy) }
        }
    }
}

/// One path and method.
struct SNMSRoute: Sendable {
    /// Who gets in.
    enum Access: Sendable {
        /// Whoever shows name and password.
        case login
        /// Everyone where the settings say so, otherwise who has signed in.
        case query
        case signedIn
    }

    var method: String
    var path: String
    var access: Access
    var bodyByteCountMax: Int
    var handle: @Sendable (SNMSRequest) throws -> JSONValue

    init(
        _ method: String, _ path: String, _ access: Access = .signedIn, bodyByteCountMax: Int = 1 << 20,
        _ handle: @escaping @Sendable (SNMSRequest) throws -> JSONValue
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.bodyByteCountMax = bodyByteCountMax
        self.handle = handle
    }
}
