public import HandleCrypto
public import HandleProtocol
import OpenSSL

/// Someone with a secret key, who asks for operations as a client does.
public struct TestAdministrator: Sendable {
    /// The administrator of everything in the recorded data.
    public static let server = TestAdministrator("300:0.NA/88.100.1", secret: "banyan-admin-secret")

    public let key: ValueReference
    public let secret: String

    public init(_ key: String, secret: String) {
        self.key = ValueReference(key) ?? ValueReference(handle: [], index: 0)
        self.secret = secret
    }

    public func proof(to challenge: Message) throws -> Message {
        try Self.proof(to: challenge, of: key, type: ValueType.secretKey) { proof in
            try proof.answer(secret: SecretBytes(Array(secret.utf8)), version: ProtocolVersion(2, 6))
        }
    }

    /// The answer to a challenge that `make` makes with a key.
    public static func proof(
        to challenge: Message, of key: ValueReference, type: [UInt8], _ make: (ChallengeProof) throws -> [UInt8]
    ) throws -> Message {
        let answer = try HandleProtocol.Answer(parsing: challenge)
        guard case .challenge(let nonce) = answer.body, let digest = answer.digest?.bytes else {
            throw WireError(.malformed, field: "challenge", offset: 0)
        }
        let bytes = try make(ChallengeProof(nonce: nonce.nonce, requestDigest: digest))
        var message = request(
            .challengeAnswer, .challengeAnswer(ChallengeAnswer(keyType: type, key: key, answer: bytes)))
        message.envelope.sessionID = challenge.envelope.sessionID
        return message
    }

    public static func request(_ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual) -> Message {
        Message(
            envelope: Envelope(version: .current, requestID: 7, messageByteCount: 0),
            header: MessageHeader(
                opCode: opCode, responseCode: .request, flags: flags, siteSerial: 0xFFFF, expiration: 0x7FFF_FFFF),
            body: body.bytes())
    }
}

extension HandleValue {
    public static func text(_ text: String, index: UInt32, permissions: Permission = .usual) -> HandleValue {
        HandleValue(index: index, permissions: permissions, type: Array("DESC".utf8), data: Array(text.utf8))
    }

    public static func administrator(
        _ key: String, _ permissions: AdminPermissions = .all, index: UInt32 = 100
    ) -> HandleValue {
        var writer = ByteWriter()
        let reference = ValueReference(key) ?? ValueReference(handle: [], index: 0)
        AdminRecord(permissions: permissions, administrator: reference).write(to: &writer)
        return HandleValue(index: index, type: ValueType.administrator, data: writer.bytes)
    }

    public static func group(_ members: [String], index: UInt32 = 200) -> HandleValue {
        var writer = ByteWriter()
        ValueList(references: members.compactMap { ValueReference($0) }).write(to: &writer)
        return HandleValue(index: index, type: ValueType.valueList, data: writer.bytes)
    }

    public static func secret(_ secret: String, index: UInt32 = 300) -> HandleValue {
        HandleValue(
            index: index, permissions: [.administratorRead, .administratorWrite], type: ValueType.secretKey,
            data: Array(secret.utf8))
    }
}
