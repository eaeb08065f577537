import NIOCore
import OpenSSL
import Testing

@testable import TLSChannel

@Suite("TLS on a channel, over sockets (RFC 8446, RFC 5246, RFC 9325)")
struct TLSHandlerTests {
    static let question = Array("88.118.8/SN-1".utf8)

    @Test("both versions carry bytes both ways", arguments: [TLSVersion.tls12, .tls13])
    func versions(version: TLSVersion) async throws {
        let files = try TestCertificates()
        try files.make("server")
        var settings = files.server("server")
        settings.versions = version...version
        settings.protocols = ["handle"]
        let server = try await TestServer(CertificateReload(settings))
        var client = files.client(trusting: "server")
        client.protocols = ["other", "handle"]
        let seen = try await server.connect(client, .ask(Self.question))
        #expect(seen.received == Self.question)
        #expect(seen.version == (version == .tls12 ? "TLSv1.2" : "TLSv1.3"))
        #expect(seen.negotiatedProtocol == "handle")
        #expect(seen.errors == [])
        let other = try await server.next()
        #expect(other.received == Self.question)
        #expect(other.inputClosed)
        #expect(other.peer == nil)
        #expect(other.errors == [])
    }

    @Test(
        "a megabyte goes there and back; what is written before the handshake goes after it", arguments: [1, 1 << 20])
    func amounts(byteCount: Int) async throws {
        let files = try TestCertificates()
        try files.make("server", key: .generateRSA())
        let server = try await TestServer(CertificateReload(files.server("server")))
        let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) & 0xF0 }
        for rule in [Application.Rule.ask(bytes), .hurry(bytes)] {
            let seen = try await server.connect(files.client(trusting: "server"), rule)
            #expect(seen.received == bytes)
            #expect(seen.errors == [])
            #expect(try await server.next().errors == [])
        }
    }

    @Test("what waits for the handshake is bounded")
    func pendingBound() async throws {
        let files = try TestCertificates()
        try files.make("server")
        let server = try await TestServer(CertificateReload(files.server("server")))
        var limits = TLSLimits()
        limits.pendingByteCountMax = 999
        let seen = try await TestClient.connect(
            to: server.port, files.client(trusting: "server"), .hurry([UInt8](repeating: 0, count: 1_000)),
            limits: limits)
        #expect(seen.errors == [.tooMuchPending])
    }

    @Test("a half that is closed leaves the other open")
    func halfClosure() async throws {
        let files = try TestCertificates()
        try files.make("server")
        let server = try await TestServer(CertificateReload(files.server("server")))
        let seen = try await server.connect(files.client(trusting: "server"), .tell(Self.question))
        #expect(seen.received == Self.question)
        #expect(seen.inputClosed)
        #expect(seen.errors == [])
        #expect(try await server.next().inputClosed)
        // Where half a connection is of no use, the other end's close ends it all.
        let whole = try await TestServer(CertificateReload(files.server("server")), rule: .nothing, halfClosure: false)
        #expect(try await whole.connect(files.client(trusting: "server"), .tell(Self.question)).errors == [])
        let other = try await whole.next()
        #expect(other.received == Self.question)
        #expect(!other.inputClosed)
        #expect(other.errors == [])
    }

    @Test("a server of another name, one that has expired and one that nobody knows are refused, and told why")
    func refusedServers() async throws {
        let files = try TestCertificates()
        try files.make("server", names: ["node.example.cn"])
        try files.make("expired", expired: true)
        try files.make("stranger")
        let cases: [(server: String, trusted: String, name: String, reason: String)] = [
            ("server", "server", "localhost", "hostname mismatch"),
            ("server", "server", "127.0.0.1", "IP address mismatch"),
            ("expired", "expired", "localhost", "certificate has expired"),
            ("stranger", "server", "localhost", "self-signed certificate"),
        ]
        for (name, trusted, host, reason) in cases {
            let server = try await TestServer(CertificateReload(files.server(name)))
            let seen = try await server.connect(files.client(trusting: trusted), name: host, .ask(Self.question))
            #expect(seen.errors == [.peerRefused(reason: reason)])
            #expect(seen.version == nil)
            let other = try await server.next()
            #expect(other.received == [])
            #expect(other.errors.count == 1)
        }
        let server = try await TestServer(CertificateReload(files.server("server")))
        let seen = try await server.connect(
            files.client(trusting: "server"), name: "node.example.cn", .ask(Self.question))
        #expect(seen.received == Self.question)
    }

    @Test("a pinned key is believed whatever its certificate says, and no other key is")
    func pins() async throws {
        let files = try TestCertificates()
        let pin = try files.make("server", names: ["elsewhere.example.cn"], expired: true).publicKeyDigest()
        let server = try await TestServer(CertificateReload(files.server("server")))
        #expect(
            try await server.connect(TLSConfiguration(.client(.keys([pin]))), .ask(Self.question)).received
                == Self.question)
        var other = pin
        other[31] ^= 1
        let seen = try await server.connect(TLSConfiguration(.client(.keys([other]))), .ask(Self.question))
        #expect(seen.errors == [.peerRefused(reason: "certificate rejected")])
    }

    @Test("clients' certificates are asked for, checked and handed on", arguments: [TLSVersion.tls12, .tls13])
    func clientCertificates(version: TLSVersion) async throws {
        let files = try TestCertificates()
        try files.make("server")
        try files.issue("client", by: "authority")
        let stranger = try files.make("stranger", names: ["someone"])
        let trust = TLSConfiguration.Trust.file(files.certificate("authority"))
        func serve(_ wish: TLSConfiguration.ClientCertificate) async throws -> TestServer {
            var settings = files.server("server", wish)
            settings.versions = version...version
            return try await TestServer(CertificateReload(settings))
        }
        func ask(_ server: TestServer, as name: String?) async throws -> (client: Seen, server: Seen) {
            let seen = try await server.connect(files.client(trusting: "server", as: name), .ask(Self.question))
            return (seen, try await server.next())
        }
        let required = try await serve(.required(trust))
        let known = try await ask(required, as: "client")
        #expect(known.client.received == Self.question)
        #expect(known.server.peer?.subjectAttribute("O") == "300:88.118.8/admin")
        for name in [nil, "stranger"] {
            let refused = try await ask(required, as: name)
            #expect(refused.client.received == [])
            #expect(refused.client.errors.count == 1)
            #expect(refused.server.received == [])
            #expect(refused.server.errors.count == 1)
        }
        let optional = try await serve(.optional(trust))
        #expect(try await ask(optional, as: "client").server.peer != nil)
        #expect(try await ask(optional, as: nil).client.received == Self.question)
        #expect(try await ask(optional, as: "stranger").client.received == [])
        // Who it is may be found out afterwards, from the key that it has proven to have.
        let open = try await serve(.optional(.anyKey))
        let shown = try await ask(open, as: "stranger")
        #expect(shown.client.received == Self.question)
        #expect(shown.server.peer == stranger)
    }
}
