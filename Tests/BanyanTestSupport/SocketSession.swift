public import HandleCrypto
public import HandleProtocol
import OpenSSL

/// A client's session over a stream, as clients of the reference have it: a key by Diffie-Hellman, one challenge, and
/// from then on a code in each request.
public final class SocketSession {
    public let socket: TestSocket
    public let identifier: UInt32
    public let cipher: SessionCipher
    private var counter: UInt32 = 0
    private var requestID: UInt32 = 0x2000_0000

    /// Sets the session up, for this identity; nobody has proven anything yet.
    public init(through socket: TestSocket, for identity: ValueReference) throws {
        guard let prime = try Vectors.load("session", name: "dh-2.11/1").secrets["dh_p_hex"].hex else {
            throw TestFailure("no prime")
        }
        let (record, exchange) = try SessionKeyAgreement.offerDiffieHellman(prime: prime, generator: [2])
        let setup = SessionSetup(mode: .diffieHellman, timeout: 3_600, identity: identity, key: .publicKey(record))
        let answer = try socket.exchange(
            TestAdministrator.request(.sessionSetup, .sessionSetup(setup), flags: [.usual, .keepAlive]))
        guard case .sessionSetup(let body) = try HandleProtocol.Answer(parsing: answer).body else {
            throw TestFailure("no session: \(answer.header)")
        }
        self.socket = socket
        cipher = try SessionKeyAgreement.finishDiffieHellman(body.data, exchange, version: .current)
        identifier = answer.envelope.sessionID
    }

    /// A session in which the administrator has proven himself.
    public convenience init(through socket: TestSocket, as administrator: TestAdministrator) throws {
        try self.init(through: socket, for: administrator.key)
        let challenge = try socket.exchange(
            request(.resolution, .query(Query(handle: administrator.key.handle)), flags: [.recursive, .keepAlive]))
        let answer = try socket.exchange(proof(of: administrator, to: challenge))
        guard answer.header.responseCode == .success else { throw TestFailure("not proven: \(answer.header)") }
    }

    /// A request of the session, with its code and a number of its own.
    public func request(_ operation: OpCode, _ body: RequestBody, flags: OpFlags) throws -> Message {
        counter += 1
        requestID += 1
        var message = TestAdministrator.request(operation, body, flags: flags)
        message.envelope.sessionID = identifier
        message.envelope.requestID = requestID
        message.credential = CredentialField(
            MessageCertificate.authenticate(message, counter: counter, sessionKey: cipher.key))
        return message
    }

    /// The answer to a challenge in the session: without a code, as real clients send it.
    public func proof(of administrator: TestAdministrator, to challenge: Message) throws -> Message {
        var proof = try administrator.proof(to: challenge)
        proof.header.flags = [.usual, .keepAlive]
        requestID += 1
        proof.envelope.requestID = requestID
        return proof
    }
}

extension TestSocket {
    /// One request, one answer.
    public func exchange(_ message: Message) throws -> Message {
        try send(message.bytes())
        return try Message(parsing: readMessage().rawSpan)
    }
}
