import BanyanAdmin
public import BanyanIndex
import BanyanRegistry
import BanyanTransport
import HTTPTypes
public import Hummingbird
import NIOCore

/// `/metrics`, for this machine, and for others who show a token that reads.
public struct MetricsDoor: HTTPDoor {
    private let index: HandleIndex
    private let families: @Sendable () -> [MetricFamily]

    /// - Parameter families: asked on a thread that may block, at each scrape.
    public init(index: HandleIndex, families: @escaping @Sendable () -> [MetricFamily]) {
        self.index = index
        self.families = families
    }

    public func takes(_ path: Substring) -> Bool { path == "/metrics" }

    public func respond(to call: HTTPCall) async throws -> Response {
        guard call.method == .get || call.method == .head else {
            throw ProblemResponse.methodNotAllowed([.get, .head])
        }
        let address = IPAddress(high: call.peer.addressHigh, low: call.peer.addressLow)
        if !Network.loopback.contains(where: { $0.contains(address) }) {
            guard let principal = try call.tokenPrincipal(in: index), principal.may(.read) else {
                var problem = ProblemResponse(.unauthorized, "token-needed", "Metrics need a token that reads")
                problem.headers[.wwwAuthenticate] = "Bearer"
                throw problem
            }
        }
        let isOpen = call.header(.accept)?.contains("application/openmetrics-text") ?? false
        let families = families
        let text = try await call.work { MetricsText.text(families(), isOpen: isOpen) }
        let type =
            isOpen
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"
        return Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
