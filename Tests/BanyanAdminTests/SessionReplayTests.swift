import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Recorded sessions, said again (RFC 3652 §3.8)")
struct SessionReplayTests {
    @Test("every flow gets the recorded answers, to its last step", arguments: ["session", "real-clients"])
    func recordedSessions(file: String) throws {
        let node = try ServiceOverDataset(
            key: ServiceOverDataset.recordedKey(), ciphers: SessionCiphers(allowsOld: true))
        let keys = try RecordedKeys()
        var count = 0
        for session in try RecordedSession.all(in: file) where session.steps[0].flow != "mirror-server" {
            try session.replay(with: keys, send: node.send) { step in
                count += 1
                if let expected = SessionExpectation(step.vector) {
                    #expect(expected.isMet(by: step), "\(step.vector): \(step.live)")
                    return step.live.header.responseCode == .success
                }
                let difference = try step.difference(serverKey: node.publicKey)
                #expect(difference == nil, "\(step.vector)")
                return difference == nil
            }
        }
        #expect(count == (file == "session" ? 174 : 37))
    }

    @Test("where DES is off, a version that has nothing else is refused; newer ones do not notice")
    func oldCiphers() throws {
        let node = try ServiceOverDataset.get()
        let keys = try RecordedKeys()
        for name in ["dh-2.1", "dh-2.3", "client-rsa-2.1", "dh-2.4", "server-rsa-2.3"] {
            let session = try #require(RecordedSession.all(in: "session").first { $0.steps[0].flow == name })
            try session.replay(with: keys, send: node.send) { step in
                let isRefused = name == "dh-2.1" || name == "dh-2.3" || name == "client-rsa-2.1"
                #expect(step.live.header.responseCode == (isRefused ? .sessionFailed : .success), "\(step.vector)")
                return false
            }
        }
        #expect(node.service.sessionFigures.sessionsWithOldCipher == 0)
    }
}

extension ServiceOverDataset {
    /// The private key of the recorded server.
    static func recordedKey() throws -> PrivateKey {
        let meta = try Vectors.load("dataset")[0].fields
        let encoding = try #require(meta["server_private_key_encoding_hex"].hex)
        return try PrivateKeyRecord(parsing: encoding.rawSpan).privateKey()
    }

    func send(_ request: [UInt8], _ vector: Vector) throws -> [UInt8] {
        try #require(answers(request, over: vector.transport == "udp" ? .datagram : .stream).first, "\(vector)")
    }
}
