import BanyanAdmin
public import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import BanyanTransport
import HTTPTypes
import HandleProtocol
public import Hummingbird
import Logging

/// The calls of an enterprise node (IDHub, 企业节点) for identifiers, where this node hosts the enterprise: login of an
/// application by its key, and Digital Objects over HTTP.
public struct HubDoor: HTTPDoor {
    private static let challengePath = "/api/v1/doip/public/challenge"
    private static let verifyPath = "/api/v1/doip/public/verify-response"
    private static let objectPath = "/api/v1/doip"
    private static let bodyByteCountMax = 1 << 20

    private let login: HubLogin
    private let objects: HubObjects
    private let base: String

    public init(services: SNMSServices, settings: SNMSSettings) {
        login = HubLogin(services: services)
        objects = HubObjects(services: services)
        base = settings.base
    }

    public func takes(_ path: Substring) -> Bool {
        [Self.challengePath, Self.verifyPath, Self.objectPath].contains { path == base + $0 }
    }

    public func respond(to call: HTTPCall) async throws -> Response {
        do {
            return HubAnswer.success(try await answer(call))
        } catch let failure as HubFailure {
            return HubAnswer.failure(failure)
        } catch let failure as SNMSFailure {
            return HubAnswer.failure(HubFailure(failure))
        } catch let problem as ProblemResponse {
            return HubAnswer.failure(
                HubFailure(
                    .invalidRequest, Messages.text(problem), retryAfter: problem.retryAfter, http: problem.status))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            call.logger.error("a call failed", metadata: ["error": "\(type(of: error))"])
            return HubAnswer.failure(HubFailure(.failed, Messages.internalError))
        }
    }

    private func answer(_ call: HTTPCall) async throws -> JSONValue {
        let path = String(call.path.dropFirst(base.count))
        let (login, objects) = (login, objects)
        let address = "\(IPAddress(high: call.peer.addressHigh, low: call.peer.addressLow))"
        let authorization = call.header(.authorization)
        guard call.takesCredentials || authorization == nil && path == Self.objectPath else {
            throw HubFailure(.notAuthenticated, Messages.needsTLS)
        }
        let request = SNMSRequest(
            body: try await call.body(upTo: Self.bodyByteCountMax), contentType: "",
            parameters: try call.parameters(), address: address, source: "idhub \(call.peer) \(call.id)")
        switch (path, call.method) {
        case (Self.challengePath, .get): return try await call.work { try login.challenge(request) }
        // The SDK declares it as GET with a body, which its HTTP client turns into POST.
        case (Self.verifyPath, .post), (Self.verifyPath, .get):
            return try await call.work { try login.verify(request) }
        case (Self.objectPath, .get), (Self.objectPath, .post):
            let isReading = call.method == .get
            return try await call.work {
                var request = request
                request.principal = try login.principal(authorization)
                return try objects.operate(request, isReading: isReading)
            }
        default: throw HubFailure(.notSupported, Messages.methodNotAllowed, http: .methodNotAllowed)
        }
    }
}
