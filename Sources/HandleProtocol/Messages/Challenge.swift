/// The question that a server asks before it does what only an administrator may (RFC 3652 §3.5.1), code 402.
public struct Challenge: Equatable, Sendable {
    /// Sixteen random bytes.
    public var nonce: [UInt8]
    /// Below 2.1 the request's MD5 stands here; from then on it stands in front of the body as in other answers.
    public var digest: [UInt8]?
    public var surplus: [UInt8] = []

    public init(nonce: [UInt8], digest: [UInt8]? = nil) {
        self.nonce = nonce
        self.digest = digest
    }

    public init(parsing reader: inout ByteReader, version: ProtocolVersion) throws(WireError) {
        nonce = try reader.readBytes("challenge nonce").array
        digest = version.hasFeatures(of2: 1) ? nil : try reader.readBytes("challenge request digest").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(nonce)
        if let digest { writer.write(digest) }
        writer.write(raw: surplus)
    }
}

/// Who the client is, and the proof (RFC 3652 §3.5.2), opcode 200.
public struct ChallengeAnswer: Equatable, Sendable {
    /// `HS_SECKEY` or `HS_PUBKEY`.
    public var keyType: [UInt8]
    public var key: ValueReference
    /// Of a secret key a code byte and a MAC, of a public key the digest's name and a signature.
    public var answer: [UInt8]
    public var surplus: [UInt8] = []

    public init(keyType: [UInt8], key: ValueReference, answer: [UInt8]) {
        self.keyType = keyType
        self.key = key
        self.answer = answer
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        keyType = try reader.readBytes("key type").array
        key = try reader.readReference("key handle", "key index")
        answer = try reader.readBytes("challenge answer").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(keyType)
        key.write(to: &writer)
        writer.write(answer)
        writer.write(raw: surplus)
    }
}
