import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Sessions (RFC 3652 §3.8)")
struct SessionTests {
    private static let stranger = Peer(addressHigh: 0, addressLow: 0xFFFF_7F00_0002, port: 50_000, connection: 77)

    private func addValue(_ index: UInt32, to handle: String = "88.100.1/SN-000004") -> RequestBody {
        .values(
            ValuesRequest(
                handle: Array(handle.utf8),
                values: [HandleValue(index: index, type: Array("URL".utf8), data: Array("https://a.cn/".utf8))]))
    }

    private func hasValue(_ index: UInt32, in node: ServiceOverDataset) throws -> Bool {
        try node.values(of: Array("88.100.1/SN-000004".utf8)).contains { $0.index == index }
    }

    @Test("every bit of an encrypted message counts: whichever is turned, it is refused and changes nothing")
    func bitFlips() throws {
        let node = try ServiceOverDataset()
        let session = try TestSession(node)
        try session.authenticate(with: RecordedKeys())
        let good = try session.sealed(session.request(.addValue, addValue(900), flags: [.recursive, .encrypt]))
        for bit in 0..<(8 * (good.count - Envelope.byteCount)) {
            var bad = good
            bad[Envelope.byteCount + bit / 8] ^= 1 << UInt8(bit % 8)
            let answer = try #require(node.answers(bad).first)
            let code = (try? Message(parsing: answer.rawSpan))?.header.responseCode
            #expect(code != .success, "bit \(bit)")
            if let sealed = try? SealedMessage(parsing: answer.rawSpan) {
                let content = try session.cipher.decrypt(sealed.ciphertext, version: .current)
                let opened = try Message(envelope: sealed.envelope, content: content.rawSpan)
                #expect(opened.header.responseCode != .success, "bit \(bit)")
            }
        }
        #expect(try !hasValue(900, in: node))
        #expect(try session.send(good).header.responseCode == .success)
        #expect(try hasValue(900, in: node))
        #expect(try session.send(good).header.responseCode == .sessionMessageRejected)
    }

    @Test("a request in the envelope of another, or sent again under another number, is refused")
    func envelopeIsAuthentic() throws {
        let node = try ServiceOverDataset()
        let session = try TestSession(node)
        try session.authenticate(with: RecordedKeys())
        let request = try session.request(.addValue, addValue(901))
        var other = request
        other.envelope.requestID += 1
        #expect(try session.send(other.bytes()).header.responseCode == .invalidSessionKey)
        other = request
        other.envelope.version = ProtocolVersion(2, 7)
        #expect(try session.send(other.bytes()).header.responseCode == .invalidSessionKey)
        other = request
        other.credential = .none
        #expect(try session.send(other.bytes()).header.responseCode == .invalidCredential)
        #expect(try !hasValue(901, in: node))
    }

    @Test("who knows the number of another's session has nothing of it")
    func foreignNumber() throws {
        let node = try ServiceOverDataset()
        let keys = try RecordedKeys()
        let session = try TestSession(node)
        try session.authenticate(with: keys)
        let stranger = try TestSession(node, peer: Self.stranger)
        // With the number alone, with a code by a key of his own, with his session's code.
        var forged = Message.request(.addValue, addValue(902), session: session.identifier)
        #expect(try stranger.send(forged.bytes()).header.responseCode == .invalidCredential)
        forged.credential = CredentialField(
            MessageCertificate.authenticate(forged, counter: 5_000, sessionKey: stranger.cipher.key))
        #expect(try stranger.send(forged.bytes()).header.responseCode == .invalidSessionKey)
        #expect(try stranger.send(stranger.sealed(forged)).header.responseCode != .success)
        // Nor can he end it.
        var end = Message.request(
            .sessionTerminate, .handle(HandleRequest(handle: [0x2F])), session: session.identifier)
        #expect(try stranger.send(end.bytes()).header.responseCode == .invalidCredential)
        end.credential = forged.credential
        #expect(try stranger.send(end.bytes()).header.responseCode == .invalidSessionKey)
        // What he was refused has used up no counter.
        session.counter = 4_999
        #expect(try session.send(session.request(.addValue, addValue(902)).bytes()).header.responseCode == .success)
    }

    @Test("a session is its identity's: another's proof does what it may, and leaves the session anonymous")
    func identityOfSession() throws {
        let node = try ServiceOverDataset()
        let keys = try RecordedKeys()
        let other = ValueReference(handle: Array("88.100.1/USER1".utf8), index: 300)
        let session = try TestSession(node, as: other)
        for _ in 1...2 {
            let challenge = try session.send(session.request(.addValue, addValue(903)).bytes())
            #expect(challenge.header.responseCode == .authenticationNeeded)
            let answer = try session.prove(challenge, with: keys)
            #expect([.success, .valueAlreadyExists].contains(answer.header.responseCode))
        }
        #expect(
            try session.send(session.request(.addValue, addValue(904)).bytes()).header.responseCode
                == .authenticationNeeded)
    }

    @Test("a right proof of a request whose code is wrong does nothing")
    func codeIsCheckedAfterProof() throws {
        let node = try ServiceOverDataset()
        let session = try TestSession(node)
        var request = try session.request(.addValue, addValue(905))
        request.credential = .none
        let challenge = try session.send(request.bytes())
        #expect(challenge.header.responseCode == .authenticationNeeded)
        #expect(try session.prove(challenge, with: RecordedKeys()).header.responseCode == .invalidCredential)
        #expect(try !hasValue(905, in: node))
        // One challenge has one answer.
        #expect(try session.prove(challenge, with: RecordedKeys()).header.responseCode == .sessionTimeout)
    }

    @Test("clear and encrypted messages mix, and each is answered as it asks to be")
    func mixedMessages() throws {
        let node = try ServiceOverDataset.get()
        let session = try TestSession(node)
        for (isSealed, flags) in [
            (true, OpFlags.usual), (false, OpFlags.usual.union(.encrypt)), (true, OpFlags.usual.union(.encrypt)),
            (false, .usual),
        ] {
            let request = try session.request(.resolution, .query(.any), flags: flags)
            let answer = try #require(node.answers(isSealed ? session.sealed(request) : request.bytes()).first)
            let envelope = try Envelope(parsing: answer.rawSpan)
            #expect(envelope.flags.contains(.encrypted) == flags.contains(.encrypt))
            #expect(envelope.sessionID == session.identifier)
        }
    }

    @Test("groups outside of the bounds, and halves outside of their group, are refused")
    func hostileGroups() throws {
        let node = try ServiceOverDataset.get()
        let vector = try Vectors.load("session", name: "dh-2.11/1")
        let prime = [0] + (try #require(vector.secrets["dh_p_hex"].hex))
        var even = prime
        even[even.count - 1] = 0
        let long = [0] + [UInt8](repeating: 0xFF, count: 513)
        let short = [0] + [UInt8](repeating: 0xFF, count: 63)
        for (y, p, g) in [
            ([], prime, [2]), ([0], prime, [2]), ([1], prime, [2]), (prime, prime, [2]), ([2], prime, [0]),
            ([2], prime, [1]), ([2], prime, []), ([2], long, [2]), ([2], short, [2]), ([2], [], [2]), ([2], [0], [2]),
            ([2], even, [2]),
        ] as [([UInt8], [UInt8], [UInt8])] {
            let record = PublicKeyRecord(.diffieHellman(y: y, p: p, g: g)).bytes
            let setup = SessionSetup(mode: .diffieHellman, timeout: 60, key: .publicKey(record))
            let answer = try #require(
                try node.answer(Message.request(.sessionSetup, .sessionSetup(setup)).bytes()))
            if p != even { #expect(answer.header.responseCode == .sessionFailed, "y \(y) g \(g)") }
        }
    }

    @Test("by the client's key, the server's key and a key in a handle: each session carries requests")
    func rsaModes() throws {
        let node = try ServiceOverDataset(key: ServiceOverDataset.recordedKey())
        for flow in ["client-rsa-2.11", "server-rsa-2.11", "server-rsa-2.3", "hdl-rsa-2.11"] {
            let session = try #require(RecordedSession.all(in: "session").first { $0.steps[0].flow == flow })
            var last: RecordedSession.Step?
            try session.replay(with: RecordedKeys(), send: node.send) { step in
                last = step
                return true
            }
            let step = try #require(last)
            let cipher = try #require(step.cipher, "\(flow)")
            var request = Message.request(
                .resolution, .query(.any), flags: [.recursive, .publicOnly, .encrypt], session: step.liveSession)
            request.credential = CredentialField(
                MessageCertificate.authenticate(request, counter: 1, sessionKey: cipher.key))
            let bytes = SealedMessage(
                envelope: request.envelope, ciphertext: try cipher.encrypt(request.content(), version: .current)
            ).bytes()
            let received = try #require(node.answers(bytes).first)
            let answer = try SealedMessage(parsing: received.rawSpan)
            let content = try cipher.decrypt(answer.ciphertext, version: .current)
            #expect(try Message(envelope: answer.envelope, content: content.rawSpan).header.responseCode == .success)
        }
    }

    @Test("requests sent together are each challenged, and each proof is taken for its own, in any order")
    func severalChallenges() throws {
        let node = try ServiceOverDataset()
        let keys = try RecordedKeys()
        let session = try TestSession(node)
        let challenges = try (0..<4).map { number in
            try session.send(session.request(.addValue, addValue(910 + UInt32(number))).bytes())
        }
        for challenge in challenges { #expect(challenge.header.responseCode == .authenticationNeeded) }
        for position in [2, 0, 3, 1] {
            let answer = try session.prove(challenges[position], with: keys)
            #expect(answer.header.responseCode == .success, "\(position)")
            #expect(try hasValue(910 + UInt32(position), in: node))
        }
        // Each had its answer.
        #expect(try session.prove(challenges[0], with: keys).header.responseCode == .sessionTimeout)
    }

    @Test("a proof that is to none of several challenges was the answer to all of them")
    func wrongProof() throws {
        let node = try ServiceOverDataset()
        let keys = try RecordedKeys()
        let session = try TestSession(node)
        let first = try session.send(session.request(.addValue, addValue(920)).bytes())
        _ = try session.send(session.request(.addValue, addValue(921)).bytes())
        let forged = ChallengeAnswer(
            keyType: ValueType.secretKey, key: .admin, answer: [2] + [UInt8](repeating: 7, count: 20))
        let wrong = Message.request(
            .challengeAnswer, .challengeAnswer(forged), session: session.identifier, number: 99)
        #expect(try session.send(wrong.bytes()).header.responseCode == .authenticationFailed)
        #expect(try session.prove(first, with: keys).header.responseCode == .sessionTimeout)
        #expect(try !hasValue(920, in: node))
        #expect(try !hasValue(921, in: node))
    }

    @Test("of more challenges than are waited for the oldest is forgotten")
    func manyChallenges() throws {
        let node = try ServiceOverDataset()
        let keys = try RecordedKeys()
        let session = try TestSession(node)
        let challenges = try (0..<9).map { number in
            try session.send(session.request(.addValue, addValue(930 + UInt32(number))).bytes())
        }
        #expect(try session.prove(challenges[8], with: keys).header.responseCode == .success)
        #expect(try session.prove(challenges[0], with: keys).header.responseCode == .authenticationFailed)
        #expect(try !hasValue(930, in: node))
    }

    @Test("who names no key by index 0 is in a session the one of the key that has proven him")
    func indexZero() throws {
        let node = try ServiceOverDataset()
        let any = ValueReference(handle: ValueReference.admin.handle, index: 0)
        let administrator = TestAdministrator("0:0.NA/88.100.1", secret: TestAdministrator.server.secret)
        let session = try TestSession(node, as: any)
        let challenge = try session.send(session.request(.addValue, addValue(940)).bytes())
        var proof = try administrator.proof(to: challenge)
        proof.envelope.sessionID = session.identifier
        #expect(try session.send(proof.bytes()).header.responseCode == .success)
        #expect(try hasValue(940, in: node))
        #expect(try session.send(session.request(.addValue, addValue(941)).bytes()).header.responseCode == .success)
        // Without a session the identity keeps its index, and administers nothing.
        #expect(try administrator.code(.addValue, addValue(942), on: node) == .notAdministrator)
        // A wrong proof makes nobody of him.
        let other = try TestSession(node, as: any)
        let again = try other.send(other.request(.addValue, addValue(943)).bytes())
        var wrong = try TestAdministrator("0:0.NA/88.100.1", secret: "guessed").proof(to: again)
        wrong.envelope.sessionID = other.identifier
        #expect(try other.send(wrong.bytes()).header.responseCode == .authenticationFailed)
        #expect(
            try other.send(other.request(.addValue, addValue(944)).bytes()).header.responseCode
                == .authenticationNeeded)
    }
}
