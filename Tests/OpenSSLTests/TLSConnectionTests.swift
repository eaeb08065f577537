import OpenSSL
import Testing

@Suite("TLS without a socket (RFC 8446, RFC 5246)")
struct TLSConnectionTests {
    /// A server's and a client's end of one connection, between which a test carries the bytes.
    struct Pair {
        let client: TLSConnection
        let server: TLSConnection

        init(
            versions: ClosedRange<TLSVersion> = .tls12 ... .tls13, clientProtocols: [String] = [],
            serverProtocols: [String] = []
        ) throws {
            let key = try PrivateKey.generateEC()
            let certificate = try CertificateTests.make(key)
            let identity = try TLSIdentity(chain: [certificate], key: key)
            server = try TLSConnection(
                TLSContext(
                    .server, identity: identity, peer: .none, protocols: serverProtocols, versions: versions))
            client = try TLSConnection(
                TLSContext(
                    .client, identity: nil, peer: .required(.keys([certificate.publicKeyDigest()])),
                    protocols: clientProtocols))
        }

        func shakeHands() throws {
            while true {
                let clientStep = try client.proceed()
                try Self.carry(from: client, to: server)
                let serverStep = try server.proceed()
                try Self.carry(from: server, to: client)
                if clientStep == .done, serverStep == .done { return }
            }
        }

        static func carry(from one: TLSConnection, to other: TLSConnection) throws {
            try other.receive(Self.outgoing(of: one).span.bytes)
        }

        static func outgoing(of connection: TLSConnection) -> [UInt8] {
            read(connection.outgoingByteCount) { connection.takeOutgoing(into: &$0) }
        }

        /// What can be read from a connection, and why it ended.
        static func plaintext(of connection: TLSConnection) throws -> (bytes: [UInt8], end: TLSConnection.Step) {
            var bytes: [UInt8] = []
            var step = TLSConnection.Step.done
            while step == .done {
                bytes += try read(1_000) { output throws(OpenSSLError) in step = try connection.read(into: &output) }
            }
            return (bytes, step)
        }

        private static func read<Failure: Error>(
            _ room: Int, _ body: (inout OutputRawSpan) throws(Failure) -> Void
        ) throws(Failure) -> [UInt8] {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(room, 1), alignment: 1)
            defer { buffer.deallocate() }
            var output = OutputRawSpan(buffer: buffer, initializedCount: 0)
            try body(&output)
            return Array(buffer[..<output.byteCount])
        }
    }

    @Test("both versions carry bytes both ways and end when told", arguments: [TLSVersion.tls12, .tls13])
    func conversation(version: TLSVersion) throws {
        let pair = try Pair(versions: version...version)
        try pair.shakeHands()
        #expect(pair.client.version == (version == .tls12 ? "TLSv1.2" : "TLSv1.3"))
        #expect(pair.client.cipher.contains("GCM") || pair.client.cipher.contains("CHACHA20"))
        try pair.client.write(Array("question".utf8).span.bytes)
        try Pair.carry(from: pair.client, to: pair.server)
        #expect(try Pair.plaintext(of: pair.server).bytes == Array("question".utf8))
        pair.client.closeOutput()
        try Pair.carry(from: pair.client, to: pair.server)
        #expect(try Pair.plaintext(of: pair.server).end == .closed)
        // The other direction is still open.
        try pair.server.write(Array("answer".utf8).span.bytes)
        pair.server.closeOutput()
        try Pair.carry(from: pair.server, to: pair.client)
        let (bytes, end) = try Pair.plaintext(of: pair.client)
        #expect(bytes == Array("answer".utf8))
        #expect(end == .closed)
    }

    @Test("however the records are split, what they say is the same", arguments: [1, 2, 3, 5, 17, 64, 1_000])
    func splits(partByteCount: Int) throws {
        let pair = try Pair()
        try pair.shakeHands()
        let messages = [Array("a".utf8), [UInt8](repeating: 7, count: 16_384), Array("end".utf8)]
        for message in messages { try pair.client.write(message.span.bytes) }
        let stream = Pair.outgoing(of: pair.client)
        var received: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: partByteCount) {
            let part = stream[start..<min(start + partByteCount, stream.count)]
            try pair.server.receive(Array(part).span.bytes)
            let (bytes, end) = try Pair.plaintext(of: pair.server)
            #expect(end == .incomplete)
            received += bytes
        }
        #expect(received == messages.flatMap { $0 })
    }

    @Test("a handshake survives bytes that come one by one")
    func handshakeByteByByte() throws {
        let pair = try Pair()
        var steps: [TLSConnection.Step] = [.incomplete, .incomplete]
        while steps != [.done, .done] {
            steps[0] = try pair.client.proceed()
            for byte in Pair.outgoing(of: pair.client) {
                try pair.server.receive([byte].span.bytes)
                steps[1] = try pair.server.proceed()
            }
            for byte in Pair.outgoing(of: pair.server) {
                try pair.client.receive([byte].span.bytes)
                steps[0] = try pair.client.proceed()
            }
        }
    }

    @Test("a record of which any byte was changed is refused, and the other end is told")
    func changedRecord() throws {
        let message = Array("88.118.8/SN-1".utf8)
        for position in 0..<(5 + message.count + 17) {
            let pair = try Pair(versions: .tls13 ... .tls13)
            try pair.shakeHands()
            try pair.client.write(message.span.bytes)
            var record = Pair.outgoing(of: pair.client)
            // The length's bytes may only say that more is to come.
            guard position < record.count, !(3...4).contains(position) else { continue }
            record[position] ^= 1
            try pair.server.receive(record.span.bytes)
            #expect(throws: OpenSSLError.self, "\(position)") { try Pair.plaintext(of: pair.server) }
            #expect(pair.server.outgoingByteCount > 0)
        }
    }

    @Test(
        "what is no TLS is refused without harm",
        arguments: [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0, count: 100),
            [UInt8](repeating: 0xFF, count: 100),
            [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28],
            [0x02, 0x0B, 0x00, 0x00] + [UInt8](repeating: 0, count: 40),
        ])
    func garbage(bytes: [UInt8]) throws {
        let pair = try Pair()
        try pair.server.receive(bytes.span.bytes)
        #expect(throws: OpenSSLError.self) { try pair.server.proceed() }
    }

    @Test("the server chooses the first protocol of its own that the client speaks; without one there is no connection")
    func protocols() throws {
        let pair = try Pair(clientProtocols: ["a", "handle"], serverProtocols: ["http/1.1", "handle", "a"])
        try pair.shakeHands()
        #expect(pair.client.negotiatedProtocol == "handle")
        #expect(pair.server.negotiatedProtocol == "handle")
        let strangers = try Pair(clientProtocols: ["x"], serverProtocols: ["y"])
        #expect(throws: OpenSSLError.self) { try strangers.shakeHands() }
        let silent = try Pair(serverProtocols: ["y"])
        try silent.shakeHands()
        #expect(silent.server.negotiatedProtocol == nil)
    }

    @Test("settings that would trust nobody, or everybody by mistake, are refused")
    func settings() throws {
        #expect(throws: OpenSSLError.self) { try TLSContext(.server, identity: nil, peer: .none) }
        #expect(throws: OpenSSLError.self) { try TLSContext(.client, identity: nil, peer: .none) }
        #expect(throws: OpenSSLError.self) { try TLSContext(.client, identity: nil, peer: .optional(.machine)) }
        #expect(throws: OpenSSLError.self) {
            try TLSContext(.client, identity: nil, peer: .required(.certificates([])))
        }
        #expect(throws: OpenSSLError.self) { try TLSContext(.client, identity: nil, peer: .required(.keys([]))) }
        #expect(throws: OpenSSLError.self) { try TLSContext(.client, identity: nil, peer: .required(.keys([[1]]))) }
    }
}
