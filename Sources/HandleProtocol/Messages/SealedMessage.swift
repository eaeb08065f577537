/// A message whose content is encrypted with a session's key: the envelope, and bytes that only the key opens
/// (RFC 3652 §2.2.1, E flag). Decrypted, they are the content of a `Message`.
public struct SealedMessage: Equatable, Sendable {
    public var envelope: Envelope
    /// The initialization vector, where the cipher sends one, and the ciphertext.
    public var ciphertext: [UInt8]

    public init(envelope: Envelope, ciphertext: [UInt8]) {
        self.envelope = envelope
        self.ciphertext = ciphertext
        self.envelope.flags.insert(.encrypted)
        self.envelope.messageByteCount = UInt32(truncatingIfNeeded: ciphertext.count)
    }

    /// Parses a whole message with its envelope, whose encrypted flag must be set and whose length must be right.
    public init(parsing bytes: RawSpan) throws(WireError) {
        envelope = try Envelope(parsing: bytes)
        let content = bytes.extracting(droppingFirst: Envelope.byteCount)
        guard envelope.flags.contains(.encrypted) else {
            throw WireError(.malformed, field: "encrypted flag", offset: 2)
        }
        guard envelope.messageByteCount <= UInt32(Limits.messageByteCount),
            Int(envelope.messageByteCount) == content.byteCount
        else { throw WireError(.outOfRange, field: "message length", offset: 16) }
        ciphertext = content.array
    }

    public func bytes() -> [UInt8] {
        var writer = ByteWriter(capacity: Envelope.byteCount + ciphertext.count)
        envelope.write(to: &writer)
        writer.write(raw: ciphertext)
        return writer.bytes
    }
}
