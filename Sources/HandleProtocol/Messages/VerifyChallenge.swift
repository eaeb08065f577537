/// One server asks another, which holds the secret key, whether a challenge's answer is right (RFC 3652 §3.5.3),
/// opcode 201.
public struct VerifyChallenge: Equatable, Sendable {
    public var key: ValueReference
    public var nonce: [UInt8]
    /// Of the client's first request.
    public var digest: RequestDigest
    public var answer: [UInt8]
    public var surplus: [UInt8] = []

    public init(key: ValueReference, nonce: [UInt8], digest: RequestDigest, answer: [UInt8]) {
        self.key = key
        self.nonce = nonce
        self.digest = digest
        self.answer = answer
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        key = try reader.readReference("key handle", "key index")
        nonce = try reader.readBytes("challenge nonce").array
        digest = try RequestDigest(parsing: &reader)
        answer = try reader.readBytes("challenge answer").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        writer.write(nonce)
        digest.write(to: &writer)
        writer.write(answer)
        writer.write(raw: surplus)
    }
}

/// Whether the answer was right.
public struct VerifyAnswer: Equatable, Sendable {
    /// 1: it was.
    public var rawValue: UInt8
    public var surplus: [UInt8] = []

    public init(isValid: Bool) {
        rawValue = isValid ? 1 : 0
    }

    public var isValid: Bool { rawValue == 1 }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        rawValue = try reader.readUInt8("verification result")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(rawValue)
        writer.write(raw: surplus)
    }
}
