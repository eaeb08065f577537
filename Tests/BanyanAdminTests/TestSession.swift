import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

/// A client with a session on a service, by Diffie-Hellman unless told otherwise.
final class TestSession {
    let node: ServiceOverDataset
    let peer: Peer
    let identifier: UInt32
    let cipher: SessionCipher
    var counter: UInt32 = 0
    private var requestID: UInt32 = 0

    init(_ node: ServiceOverDataset, as identity: ValueReference = .admin, peer: Peer = ServiceOverDataset.peer) throws
    {
        let vector = try Vectors.load("session", name: "dh-2.11/1")
        let prime = try #require(vector.secrets["dh_p_hex"].hex)
        let (record, exchange) = try SessionKeyAgreement.offerDiffieHellman(prime: prime, generator: [2])
        let setup = SessionSetup(mode: .diffieHellman, timeout: 3_600, identity: identity, key: .publicKey(record))
        let answer = try #require(
            try node.answer(Message.request(.sessionSetup, .sessionSetup(setup)).bytes(), from: peer))
        guard case .sessionSetup(let body) = try HandleProtocol.Answer(parsing: answer).body else {
            throw TestFailure("no session: \(answer.header)")
        }
        let cipher = try SessionKeyAgreement.finishDiffieHellman(body.data, exchange, version: .current)
        self.node = node
        self.peer = peer
        self.cipher = cipher
        identifier = answer.envelope.sessionID
    }

    /// A request of the session, with its code.
    func request(_ operation: OpCode, _ body: RequestBody, flags: OpFlags = .usual) throws -> Message {
        counter += 1
        requestID += 1
        var message = Message.request(operation, body, flags: flags, session: identifier, number: requestID)
        message.credential = CredentialField(
            MessageCertificate.authenticate(message, counter: counter, sessionKey: cipher.key))
        return message
    }

    func sealed(_ request: Message) throws -> [UInt8] {
        let ciphertext = try cipher.encrypt(request.content(), version: .current)
        return SealedMessage(envelope: request.envelope, ciphertext: ciphertext).bytes()
    }

    func send(_ bytes: [UInt8], from other: Peer? = nil) throws -> Message {
        let answer = try #require(node.answers(bytes, from: other ?? peer).first)
        guard let sealed = try? SealedMessage(parsing: answer.rawSpan) else {
            return try Message(parsing: answer.rawSpan)
        }
        let content = try cipher.decrypt(sealed.ciphertext, version: .current)
        return try Message(envelope: sealed.envelope, content: content.rawSpan)
    }

    /// Answers the challenge that a request got.
    func prove(_ challenge: Message, with keys: RecordedKeys, as identity: ValueReference = .admin) throws -> Message {
        let answer = try ChallengeAnswer(to: challenge, with: keys, as: identity, type: ValueType.secretKey)
        return try send(
            Message.request(.challengeAnswer, .challengeAnswer(answer), session: identifier, number: 99).bytes())
    }

    /// Has the session authenticated.
    func authenticate(with keys: RecordedKeys) throws {
        let challenge = try send(request(.resolution, .query(.any), flags: [.recursive]).bytes())
        #expect(challenge.header.responseCode == .authenticationNeeded)
        #expect(challenge.envelope.sessionID == identifier)
        #expect(try prove(challenge, with: keys).header.responseCode == .success)
    }
}

extension ValueReference {
    /// The administrator of the recorded prefix, with a secret key.
    static let admin = ValueReference(handle: Array("0.NA/88.100.1".utf8), index: 300)
}

extension Query {
    /// A handle of the data set whose values are all public.
    static let any = Query(handle: Array("88.100.1/SN-000004".utf8), indexes: [], types: [])
}

extension Message {
    static func request(
        _ operation: OpCode, _ body: RequestBody, flags: OpFlags = .usual, session: UInt32 = 0, number: UInt32 = 1
    ) -> Message {
        Message(
            envelope: Envelope(sessionID: session, requestID: number, messageByteCount: 0),
            header: MessageHeader(opCode: operation, flags: flags, expiration: 0), body: body.bytes())
    }
}
