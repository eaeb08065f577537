import NIOCore
import OpenSSL
import Testing

@testable import TLSChannel

@Suite("TLS with peers that do not speak it, or stop (RFC 8446 §6)")
struct HostilePeerTests {
    private static func server(limits: TLSLimits = TLSLimits(), rule: Application.Rule = .echo) async throws -> (
        server: TestServer, client: TLSConfiguration
    ) {
        let files = try TestCertificates()
        try files.make("server")
        let server = try await TestServer(CertificateReload(files.server("server")), rule: rule, limits: limits)
        // Read once, since the folder goes.
        let pin = try #require(try files.server("server").context().certificate).publicKeyDigest()
        return (server, TLSConfiguration(.client(.keys([pin]))))
    }

    @Test(
        "what is no TLS ends the connection, and the next one is served",
        arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{0}", "\u{2}\u{B}\u{0}\u{0}"])
    func garbage(start: String) async throws {
        let bytes = Array(start.utf8) + [UInt8](repeating: 0, count: 70_000)
        let (server, client) = try await Self.server()
        _ = try await TestClient.sendPlainly(bytes, to: server.port)
        let seen = try await server.next()
        #expect(seen.received == [])
        // Which error it is depends on how much of it has come before the other end left.
        #expect(!seen.errors.isEmpty)
        #expect(try await server.connect(client, .ask([1])).received == [1])
    }

    @Test("one that connects and says nothing, or half a greeting, is cut after the time for the handshake")
    func silence() async throws {
        var limits = TLSLimits()
        limits.handshakeTimeout = .milliseconds(50)
        let (server, _) = try await Self.server(limits: limits)
        for bytes in [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]] as [[UInt8]] {
            _ = try await TestClient.sendPlainly(bytes, to: server.port)
            #expect(try await server.next().errors == [.handshakeTimedOut])
        }
    }

    @Test("a stream that ends inside the handshake interrupted it")
    func interrupted() async throws {
        let (server, _) = try await Self.server()
        _ = try await TestClient.sendPlainly([0x16, 0x03, 0x01], to: server.port, halfClose: true)
        #expect(try await server.next().errors == [.handshakeInterrupted])
    }

    @Test("a stream that ends without close_notify was cut off")
    func truncated() async throws {
        let (server, configuration) = try await Self.server()
        let context = try configuration.context()
        let answered = server.channel.eventLoop.makePromise(of: Void.self)
        let (channel, _) = try await TestClient.open(to: server.port) { channel, promise in
            try channel.pipeline.syncOperations.addHandlers(
                TLSHandler(context), Application(.ask([1], then: answered), promise))
        }
        try await answered.futureResult.get()
        // Past the TLS handler: the socket ends as a crash would end it.
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.context(handlerType: TLSHandler.self).close(promise: nil)
        }.get()
        let seen = try await server.next()
        #expect(seen.received == [1])
        #expect(seen.errors == [.truncated])
    }
}
