public import HandleCrypto
public import HandleProtocol

/// A recorded Chinese client on one connection: it says what was recorded, encrypted with the live key where it was
/// encrypted, and answers live challenges.
public final class ChineseClient {
    private let keys: ChineseKeys
    private let file: String
    private let exchange: ([UInt8]) throws -> [UInt8]
    public var cipher: SessionCipher?

    /// - Parameters:
    ///   - file: Of its recordings.
    ///   - exchange: sends a request over the client's connection and returns the answer.
    public init(_ keys: ChineseKeys, _ file: String, exchange: @escaping ([UInt8]) throws -> [UInt8]) {
        self.keys = keys
        self.file = file
        self.exchange = exchange
    }

    /// Sends a recorded request; what was encrypted is encrypted with the live key.
    public func say(_ name: String) throws -> Message {
        let vector = try Vectors.load(file, name: name)
        guard let plain = vector.fields["plain_hex"].hex else { return try send(vector.request) }
        return try send(sealed(plain, in: Envelope(parsing: vector.request.rawSpan)))
    }

    private func sealed(_ content: [UInt8], in envelope: Envelope) throws -> [UInt8] {
        guard let cipher else { throw TestFailure("no session to encrypt in") }
        let ciphertext = try cipher.encrypt(content, version: envelope.version)
        return SealedMessage(envelope: envelope, ciphertext: ciphertext).bytes()
    }

    /// The answer; its envelope tells whether it came encrypted.
    public func send(_ request: [UInt8]) throws -> Message {
        let answer = try exchange(request)
        guard let sealed = try? SealedMessage(parsing: answer.rawSpan), let cipher else {
            return try Message(parsing: answer.rawSpan)
        }
        let content = try cipher.decrypt(sealed.ciphertext, version: sealed.envelope.version)
        return try Message(envelope: sealed.envelope, content: content.rawSpan)
    }

    /// Sets up a session whose key comes encrypted for the client's own.
    public func setUp(_ name: String) throws {
        let answer = try say(name)
        guard case .sessionSetup(let setup) = try HandleProtocol.Answer(parsing: answer).body else {
            throw TestFailure("no session: \(answer.header)")
        }
        guard setup.mode == .handleKey, answer.envelope.sessionID == 10_001 else {
            throw TestFailure("another session: \(answer.envelope)")
        }
        cipher = try SessionKeyAgreement.openKey(setup.data, with: keys.rsaKey, version: answer.envelope.version)
    }

    /// Says the recorded login, checks the challenge as those clients do, and answers it.
    public func logIn(_ login: String, _ name: String, as key: ValueReference) throws {
        let challenge = try say(login)
        let vector = try Vectors.load(file, name: login)
        let content = vector.fields["plain_hex"].hex ?? Array(vector.request.dropFirst(Envelope.byteCount))
        let request = try Message(envelope: Envelope(parsing: vector.request.rawSpan), content: content.rawSpan)
        guard challenge.header.responseCode == .authenticationNeeded, challenge.header.opCode == .loginWithKey,
            challenge.header.flags.contains(.requestDigest),
            challenge.envelope.sessionID == request.envelope.sessionID,
            try HandleProtocol.Answer(parsing: challenge).digest?.matches(request.signedBytes()) == true
        else { throw TestFailure("a challenge that the client refuses: \(challenge.header)") }
        let answer = try self.answer(name, to: challenge, as: key)
        guard answer.header.responseCode == .success, answer.header.opCode == .loginWithKey,
            answer.envelope.flags.contains(.encrypted) == challenge.envelope.flags.contains(.encrypted)
        else { throw TestFailure("not logged in: \(answer.header)") }
    }

    /// Sends the recorded answer to a challenge, with a live proof, and encrypted where the challenge was.
    public func answer(_ name: String, to challenge: Message, as key: ValueReference) throws -> Message {
        let vector = try Vectors.load(file, name: name)
        var request = try Message(parsing: vector.request.rawSpan)
        let proof = try ChallengeAnswer(to: challenge, with: keys.recorded, as: key, type: ValueType.publicKey)
        request.body = RequestBody.challengeAnswer(proof).bytes()
        request.envelope.sessionID = challenge.envelope.sessionID
        guard challenge.envelope.flags.contains(.encrypted) else { return try send(request.bytes()) }
        request.header.flags.insert(.encrypt)
        return try send(sealed(request.content(), in: request.envelope))
    }
}
