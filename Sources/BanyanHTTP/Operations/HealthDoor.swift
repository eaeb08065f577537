public import Hummingbird
import NIOCore

/// Whether the node lives, and whether it should be sent requests: `/livez`, `/readyz`, `/readyz?verbose`.
public struct HealthDoor: HTTPDoor {
    /// Something that has to hold while the node is ready.
    public struct Check: Sendable {
        public var name: String
        /// Why it does not hold; nil when it does. Asked on a thread that may block.
        public var problem: @Sendable () -> String?

        public init(_ name: String, problem: @escaping @Sendable () -> String?) {
            self.name = name
            self.problem = problem
        }
    }

    private let checks: [Check]

    public init(checks: [Check]) { self.checks = checks }

    public func takes(_ path: Substring) -> Bool { path == "/livez" || path == "/readyz" }

    public func respond(to call: HTTPCall) async throws -> Response {
        guard call.method == .get || call.method == .head else {
            throw ProblemResponse.methodNotAllowed([.get, .head])
        }
        guard call.path == "/readyz" else { return Self.response(.ok, "ok\n") }
        let checks = checks
        let results = try await call.work { checks.map { (name: $0.name, problem: $0.problem()) } }
        let isReady = results.allSatisfy { $0.problem == nil }
        var text = ""
        if call.hasFlag("verbose") || !isReady {
            for result in results {
                text += result.problem.map { "[-] \(result.name): \($0)\n" } ?? "[+] \(result.name)\n"
            }
        }
        return Self.response(isReady ? .ok : .serviceUnavailable, text + (isReady ? "ready\n" : "not ready\n"))
    }

    private static func response(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
