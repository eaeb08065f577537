import BanyanAdmin
import BanyanTestSupport
import BanyanTransport
import Foundation
import HandleProtocol
import OpenSSL
import Synchronization
import TLSChannel
import Testing

@Suite("Streams inside TLS (RFC 8446)")
struct SecureStreamTests {
    /// Doors with TLS, and what their certificate is known by.
    private static func with(
        administration: @escaping TestDoors.Answering = { _, _, _ in nil },
        configure: (inout TransportConfiguration) -> Void = { _ in },
        _ body: (TestDoors, TLSTrust) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let key = try PrivateKey.generateEC()
        let certificate = try Certificate.makeSelfSigned(
            key: key, names: ["localhost"], start: Int64(Date().timeIntervalSince1970) - 60, dayCount: 1)
        try folder.write(certificate.pem() + key.pem().exposed, to: "tls.pem")
        let reload = try CertificateReload(
            TLSConfiguration(.server(.none), certificateFile: folder.path + "/tls.pem"))
        try await TestDoors.with(administration: administration, certificate: reload) { configuration in
            configuration.secureListen = [Endpoint(address: TestDoors.loopback, port: 0)]
            configure(&configuration)
        } _: { doors in
            try await body(doors, .keys([try certificate.publicKeyDigest()]))
        }
    }

    @Test("recorded requests get the same bytes inside TLS as in clear")
    func recorded() async throws {
        try await Self.with { doors, trust in
            for vector in try Vectors.load("resolve") where vector.transport == "tcp" {
                let clear = try TestSocket.stream(to: doors.port)
                try clear.send(vector.request)
                let secure = try TestSecureSocket(to: doors.bound.tls[0].port, trusting: trust)
                try secure.send(vector.request)
                #expect(masked(try secure.readMessage()) == masked(clear.readMessage()), "\(vector)")
            }
        }
    }

    @Test("the stream's rules hold inside: several requests at once, an end by close_notify, an end after one answer")
    func ends() async throws {
        try await Self.with { doors, trust in
            let port = doors.bound.tls[0].port
            let kept = try TestSecureSocket(to: port, trusting: trust)
            let requests = (1...40).map { query(number: $0, flags: [.keepAlive]) }
            try kept.send(requests.flatMap { $0 })
            for number in 1...40 as ClosedRange<UInt32> {
                #expect(Verdict(try kept.readMessage()) == Verdict(number, .success))
            }
            // Half closed by the client: what was asked before is still answered.
            try kept.send(query(number: 41, flags: [.keepAlive]))
            try kept.closeWriting()
            #expect(Verdict(try kept.readMessage()) == Verdict(41, .success))
            #expect(try kept.readMessage().isEmpty)
            let single = try TestSecureSocket(to: port, trusting: trust)
            try single.send(query(number: 1))
            #expect(Verdict(try single.readMessage()) == Verdict(1, .success))
            #expect(try single.readMessage().isEmpty, "the server ends it, and says so")
        }
    }

    @Test("what is handed off says whether nobody else reads the connection")
    func secrecy() async throws {
        let seen = Mutex<[Bool]>([])
        let administration: TestDoors.Answering = { request, peer, _ in
            seen.withLock { $0.append(peer.isSecure) }
            return request
        }
        try await Self.with(administration: administration) { doors, trust in
            let asked = request(.loginWithPassword, body: [], number: 1)
            let secure = try TestSecureSocket(to: doors.bound.tls[0].port, trusting: trust)
            try secure.send(asked)
            #expect(try secure.readMessage() == asked)
            let clear = try TestSocket.stream(to: doors.port)
            try clear.send(asked)
            #expect(clear.readMessage() == asked)
        }
        #expect(seen.withLock { $0 } == [true, false])
    }

    @Test("a client in clear gets nothing, is counted, and disturbs nobody")
    func clearClient() async throws {
        try await Self.with { doors, trust in
            let port = doors.bound.tls[0].port
            let clear = try TestSocket.stream(to: port)
            try clear.send(query(number: 1))
            let answer = clear.read(count: 100)
            #expect(Verdict(answer) == nil)
            await doors.count(.secureFailures, reaches: 1)
            let secure = try TestSecureSocket(to: port, trusting: trust)
            try secure.send(query(number: 2))
            #expect(Verdict(try secure.readMessage()) == Verdict(2, .success))
            await doors.count(.secureHandshakes, reaches: 1)
        }
    }

    @Test("a long answer comes whole")
    func longAnswer() async throws {
        let answer = [UInt8](repeating: 7, count: 200_000)
        let administration: TestDoors.Answering = { request, _, _ in
            Array(request[..<16]) + [0, 3, 13, 64 - 20] + answer.dropFirst(20)
        }
        try await Self.with(administration: administration) { doors, trust in
            let secure = try TestSecureSocket(to: doors.bound.tls[0].port, trusting: trust)
            try secure.send(request(.loginWithPassword, body: [], number: 1))
            #expect(try secure.readMessage().count == 200_000)
        }
    }

    @Test("stopping finishes what is in work inside TLS")
    func drain() async throws {
        try await Self.with { doors, trust in
            let secure = try TestSecureSocket(to: doors.bound.tls[0].port, trusting: trust)
            try secure.send(query(number: 1, flags: [.keepAlive]))
            #expect(Verdict(try secure.readMessage()) == Verdict(1, .success))
            await doors.transport.drain()
            #expect(try secure.readMessage().isEmpty)
        }
    }
}
