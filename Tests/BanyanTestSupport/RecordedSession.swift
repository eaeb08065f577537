public import HandleCrypto
public import HandleProtocol
import OpenSSL

/// A recorded conversation in a session, said again by a client that has a session of its own: keys, codes, ciphers
/// and proofs are made anew from the recorded secrets and the live answers. What was wrong in the recording is wrong
/// again.
public struct RecordedSession: Sendable, CustomStringConvertible {
    public let steps: [Vector]
    public var description: String { "\(steps[0].file): \(steps[0].flow ?? steps[0].name)" }

    /// The conversations of a file, in the order in which they were recorded.
    public static func all(in file: String) throws -> [RecordedSession] {
        try RecordedFlow.all(in: file).map { RecordedSession(steps: $0.steps) }
    }

    /// One step of both conversations, opened.
    public struct Step: Sendable {
        public var vector: Vector
        public var request: Message
        public var live: Message
        public var recorded: Message
        /// Whether the answers came encrypted.
        public var isLiveSealed: Bool
        public var isRecordedSealed: Bool
        /// The live session's key; nil before there is one.
        public var cipher: SessionCipher?
        public var liveSession: UInt32
        public var recordedSession: UInt32
    }

    /// - Parameters:
    ///   - send: sends a request and returns the answer, put together.
    ///   - check: gets each step; false ends the conversation, which the live server did not follow.
    public func replay(
        with keys: RecordedKeys, send: ([UInt8], Vector) throws -> [UInt8], check: (Step) throws -> Bool
    ) throws {
        var client = SessionClient(keys: keys)
        for vector in steps where !vector.request.isEmpty {
            let step = try client.perform(vector, send: send)
            guard try check(step) else { return }
        }
    }
}

/// The live client of a recorded conversation.
struct SessionClient {
    let keys: RecordedKeys
    private var exchange: DiffieHellman?
    private var live = Side()
    private var recorded = Side()

    /// One of the two conversations.
    private struct Side {
        var session: UInt32 = 0
        var cipher: SessionCipher?
        var challenge: Message?
    }

    init(keys: RecordedKeys) { self.keys = keys }

    mutating func perform(
        _ vector: Vector, send: ([UInt8], Vector) throws -> [UInt8]
    ) throws -> RecordedSession.Step {
        if let key = vector.secrets["session_key_hex"].hex, let number = vector.secrets["alg"].integer {
            recorded.cipher = try SessionCipher(
                SessionCipher.Algorithm(rawValue: UInt32(clamping: number)), key: SecretBytes(key))
        }
        // What nobody can open is sent as it is.
        guard let original = try opened(vector.request, vector.secrets["request_plaintext_hex"].hex, recorded.cipher)
        else { return try step(vector, Self.unreadable(vector), try send(vector.request, vector)) }
        var request = original.message
        if recorded.session != 0, request.envelope.sessionID == recorded.session {
            request.envelope.sessionID = live.session
        }
        try prepareBody(&request, vector)
        try authenticate(&request, as: original.message)
        let bytes = original.isSealed ? try Self.sealed(request, live.cipher) : request.bytes()
        return try step(vector, request, try send(bytes, vector))
    }

    private mutating func step(
        _ vector: Vector, _ request: Message, _ answer: [UInt8]
    ) throws -> RecordedSession.Step {
        guard let liveAnswer = try opened(answer, nil, live.cipher),
            let recordedAnswer = try opened(
                Self.whole(vector), vector.secrets["response_plaintext_hex"].hex, recorded.cipher)
        else { throw TestFailure("no key to open the answer with") }
        try take(liveAnswer.message, recordedAnswer.message, for: request, vector)
        return RecordedSession.Step(
            vector: vector, request: request, live: liveAnswer.message, recorded: recordedAnswer.message,
            isLiveSealed: liveAnswer.isSealed, isRecordedSealed: recordedAnswer.isSealed, cipher: live.cipher,
            liveSession: live.session, recordedSession: recorded.session)
    }

    // MARK: Requests

    /// What of the body depends on the live conversation: half a key, a key for the server, a proof.
    private mutating func prepareBody(_ request: inout Message, _ vector: Vector) throws {
        switch try? RequestBody(parsing: request) {
        case .sessionSetup(var setup) where setup.mode == .diffieHellman:
            guard case .publicKey(let record) = setup.key,
                case .diffieHellman(_, let prime, let generator) = try PublicKeyRecord(parsing: record.rawSpan).key
            else { return }
            if let number = vector.secrets["client_dh_private_hex"].hex {
                exchange = try DiffieHellman(prime: prime, generator: generator, privateNumber: SecretBytes(number))
                return
            }
            let offer = try SessionKeyAgreement.offerDiffieHellman(prime: prime, generator: generator)
            exchange = offer.1
            setup.key = .publicKey(offer.record)
            request.body = RequestBody.sessionSetup(setup).bytes()
        case .challengeAnswer(var answer):
            guard let challenge = live.challenge, case .challenge(let body) = try Answer(parsing: challenge).body,
                let digest = try Answer(parsing: challenge).digest?.bytes ?? body.digest
            else { return }
            answer.answer = try keys.answer(
                ChallengeProof(nonce: body.nonce, requestDigest: digest), with: answer.key, type: answer.keyType,
                version: challenge.envelope.version)
            request.body = RequestBody.challengeAnswer(answer).bytes()
            let isOutsideSession = request.envelope.sessionID == recorded.challenge?.envelope.sessionID
            if recorded.session == 0 || isOutsideSession { request.envelope.sessionID = challenge.envelope.sessionID }
        default: break
        }
    }

    /// A code by the live key where there was one by the recorded key; a wrong one where that was wrong.
    private func authenticate(_ request: inout Message, as original: Message) throws {
        guard let credential = try original.credential.parsed(), let key = live.cipher?.key else { return }
        var code = MessageCertificate.authenticate(
            request, counter: credential.sessionCounter, sessionKey: key)
        let wasRight =
            recorded.cipher.map { MessageCertificate.isAuthentic(original, credential, sessionKey: $0.key) } ?? true
        if !wasRight { code.signature[code.signature.count - 1] ^= 1 }
        request.credential = CredentialField(code)
    }

    private static func sealed(_ request: Message, _ cipher: SessionCipher?) throws -> [UInt8] {
        guard let cipher else { throw TestFailure("no session to encrypt in") }
        return SealedMessage(
            envelope: request.envelope,
            ciphertext: try cipher.encrypt(request.content(), version: request.envelope.version)
        ).bytes()
    }

    // MARK: Answers

    private mutating func take(_ answer: Message, _ other: Message, for request: Message, _ vector: Vector) throws {
        live.challenge = answer.header.responseCode == .authenticationNeeded ? answer : nil
        recorded.challenge = other.header.responseCode == .authenticationNeeded ? other : nil
        if request.header.opCode == .sessionExchangeKey, answer.header.responseCode == .success {
            live.cipher = recorded.cipher
        }
        guard request.header.opCode == .sessionSetup else { return }
        recorded.session = other.envelope.sessionID
        guard answer.header.responseCode == .success,
            case .sessionSetup(let setup) = try Answer(parsing: answer).body
        else { return }
        live.session = answer.envelope.sessionID
        if let exchange, setup.mode == .diffieHellman {
            live.cipher = try SessionKeyAgreement.finishDiffieHellman(
                setup.data, exchange, version: answer.envelope.version)
        } else if let encoding = vector.secrets["client_rsa_private_encoding_hex"].hex
            ?? vector.secrets["rsa_private_encoding_hex"].hex
        {
            live.cipher = try SessionKeyAgreement.openKey(
                setup.data, with: PrivateKeyRecord(parsing: encoding.rawSpan).privateKey(),
                version: answer.envelope.version)
        }
    }

    private func opened(
        _ bytes: [UInt8], _ content: [UInt8]?, _ cipher: SessionCipher?
    ) throws -> (message: Message, isSealed: Bool)? {
        guard let sealed = try? SealedMessage(parsing: bytes.rawSpan) else {
            return (try Message(parsing: bytes.rawSpan), false)
        }
        guard let plain = try content ?? cipher?.decrypt(sealed.ciphertext, version: sealed.envelope.version) else {
            return nil
        }
        var envelope = sealed.envelope
        envelope.flags.remove(.encrypted)
        return (try Message(envelope: envelope, content: plain.rawSpan), true)
    }

    private static func unreadable(_ vector: Vector) throws -> Message {
        Message(
            envelope: try Envelope(parsing: vector.request.rawSpan),
            header: MessageHeader(opCode: OpCode(rawValue: 0), flags: [], expiration: 0), body: [])
    }

    /// The recorded answer, its datagrams put together.
    private static func whole(_ vector: Vector) -> [UInt8] { RecordedSession.assembled(vector.responsePackets) }
}

extension RecordedSession {
    /// One message of its datagrams, which stand in their order.
    public static func assembled(_ packets: [[UInt8]]) -> [UInt8] {
        guard packets.count > 1, var first = packets.first else { return packets.first ?? [] }
        first[2] &= ~Envelope.Flags.truncated.rawValue
        return first + packets.dropFirst().flatMap { $0.dropFirst(Envelope.byteCount) }
    }
}
