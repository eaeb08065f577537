import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL

/// Someone with a secret key, who asks for operations as a client does.
struct TestAdministrator: Sendable {
    /// The administrator of everything in the recorded data.
    static let server = TestAdministrator("300:0.NA/88.100.1", secret: "banyan-admin-secret")

    let key: ValueReference
    let secret: String

    init(_ key: String, secret: String) {
        self.key = ValueReference(key) ?? ValueReference(handle: [], index: 0)
        self.secret = secret
    }

    /// Sends a request, answers the challenge where one comes, and returns the messages of the last answer.
    func perform(
        _ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual, on node: ServiceOverDataset,
        from peer: Peer = ServiceOverDataset.peer
    ) throws -> [Message] {
        let request = Self.request(opCode, body, flags: flags)
        let answers = try node.messages(request, from: peer)
        guard let first = answers.first, first.header.responseCode == .authenticationNeeded else { return answers }
        return try node.messages(proof(to: first), from: peer)
    }

    /// The code of the last answer.
    func code(
        _ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual, on node: ServiceOverDataset,
        from peer: Peer = ServiceOverDataset.peer
    ) throws -> ResponseCode? {
        try perform(opCode, body, flags: flags, on: node, from: peer).first?.header.responseCode
    }

    func proof(to challenge: Message) throws -> Message {
        let answer = try Answer(parsing: challenge)
        guard case .challenge(let nonce) = answer.body, let digest = answer.digest?.bytes else {
            throw WireError(.malformed, field: "challenge", offset: 0)
        }
        let proof = ChallengeProof(nonce: nonce.nonce, requestDigest: digest)
        let bytes = try proof.answer(secret: SecretBytes(Array(secret.utf8)), version: ProtocolVersion(2, 6))
        var message = Self.request(
            .challengeAnswer,
            .challengeAnswer(ChallengeAnswer(keyType: ValueType.secretKey, key: key, answer: bytes)))
        message.envelope.sessionID = challenge.envelope.sessionID
        return message
    }

    static func request(_ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual) -> Message {
        Message(
            envelope: Envelope(version: .current, requestID: 7, messageByteCount: 0),
            header: MessageHeader(
                opCode: opCode, responseCode: .request, flags: flags, siteSerial: 0xFFFF, expiration: 0x7FFF_FFFF),
            body: body.bytes())
    }
}

extension ServiceOverDataset {
    func messages(_ request: Message, from peer: Peer = ServiceOverDataset.peer) throws -> [Message] {
        try answers(request.bytes(), from: peer).map { try Message(parsing: $0.rawSpan) }
    }

    /// What stands under all prefixes: digests of every record.
    func digests() throws -> [PrefixListing] { try registrar.index.snapshot().prefixes(includingUnhomed: true) }

    func put(_ handle: String, _ values: [HandleValue]) throws {
        var set = ChangeSet(onConflict: .replace)
        var writer = ByteWriter()
        for value in values { value.write(to: &writer) }
        set.append(.put(handle: Array(handle.utf8), values: writer.bytes))
        if let rejection = try registrar.submit(set).rejections.first { throw rejection.error }
    }
}

extension HandleValue {
    static func text(_ text: String, index: UInt32, permissions: Permission = .usual) -> HandleValue {
        HandleValue(index: index, permissions: permissions, type: Array("DESC".utf8), data: Array(text.utf8))
    }

    static func administrator(
        _ key: String, _ permissions: AdminPermissions = .all, index: UInt32 = 100
    ) -> HandleValue {
        var writer = ByteWriter()
        let reference = ValueReference(key) ?? ValueReference(handle: [], index: 0)
        AdminRecord(permissions: permissions, administrator: reference).write(to: &writer)
        return HandleValue(index: index, type: ValueType.administrator, data: writer.bytes)
    }

    static func group(_ members: [String], index: UInt32 = 200) -> HandleValue {
        var writer = ByteWriter()
        ValueList(references: members.compactMap { ValueReference($0) }).write(to: &writer)
        return HandleValue(index: index, type: ValueType.valueList, data: writer.bytes)
    }

    static func secret(_ secret: String, index: UInt32 = 300) -> HandleValue {
        HandleValue(
            index: index, permissions: [.administratorRead, .administratorWrite], type: ValueType.secretKey,
            data: Array(secret.utf8))
    }
}
