import BanyanHTTP
import BanyanTestSupport
import BanyanTransport
import Dispatch
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// The real server, with doors of a test's own, on a port that the kernel chose.
struct TestService {
    let port: UInt16

    func connect() throws -> TestHTTP { try TestHTTP(port: port) }

    /// Runs `body` beside the server, on a thread that may block, and stops the server as a node does.
    static func run(
        _ doors: [any HTTPDoor] = [EchoDoor()], configure: (inout HTTPConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestService) throws -> Void
    ) async throws {
        var configuration = HTTPConfiguration(
            listeners: [HTTPListener(Endpoint(address: IPAddress(v4: 0x7F00_0001), port: 0))])
        configure(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = HTTPService(configuration, doors: doors, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [service], logger: logger))
        let running = Task(executorPreference: OwnThreads.shared) { try await group.run() }
        if let endpoint = await service.boundEndpoints()?.first {
            let result = await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(returning: Result { try body(TestService(port: endpoint.port)) })
                }
            }
            await group.triggerGracefulShutdown()
            try result.get()
        }
        try await running.value
    }
}

/// Answers with what came: method, path, query, body.
struct EchoDoor: HTTPDoor {
    func takes(_ path: Substring) -> Bool { path.hasPrefix("/echo") }

    func respond(to call: HTTPCall) async throws -> Response {
        if call.path == "/echo/fault" { throw ChannelError.eof }
        if call.path == "/echo/work" {
            let text = try await call.work { "worked" }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        let body = try await call.body(upTo: 1_000)
        let text = "\(call.method.rawValue) \(call.path) \(call.query ?? "-") " + String(decoding: body, as: UTF8.self)
        return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
