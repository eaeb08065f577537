/// One message: envelope, header, body, credential (RFC 3652 §2.2). The body and the credential are bytes here;
/// `RequestBody`, `Answer` and `Credential` read them.
///
/// What stands behind the known parts is kept, so that a parsed message is written with the same bytes. Lengths are
/// not kept: parsing makes sure that they agree with what is there, and writing makes them.
public struct Message: Equatable, Sendable {
    /// Where the body begins, from the envelope's first byte on: offsets in errors count from there.
    static let bodyOffset = Envelope.byteCount + MessageHeader.byteCount

    public var envelope: Envelope
    public var header: MessageHeader
    public var body: [UInt8]
    public var credential: CredentialField
    /// Bytes behind the credential: some clients send them, nobody reads them.
    public var trailing: [UInt8]

    public init(
        envelope: Envelope, header: MessageHeader, body: [UInt8], credential: CredentialField = .none,
        trailing: [UInt8] = []
    ) {
        self.envelope = envelope
        self.header = header
        self.body = body
        self.credential = credential
        self.trailing = trailing
        self.header.bodyByteCount = UInt32(truncatingIfNeeded: body.count)
        self.envelope.messageByteCount = UInt32(truncatingIfNeeded: contentByteCount)
    }

    /// Parses a whole message with its envelope: what a stream or a fragment assembly gives, or one datagram. The
    /// length in the envelope must be that of the bytes behind it. An encrypted one is a `SealedMessage`.
    public init(parsing bytes: RawSpan) throws(WireError) {
        let envelope = try Envelope(parsing: bytes)
        let content = bytes.extracting(droppingFirst: Envelope.byteCount)
        guard !envelope.flags.contains(.encrypted) else {
            throw WireError(.malformed, field: "encrypted flag", offset: 2)
        }
        guard envelope.messageByteCount <= UInt32(Limits.messageByteCount),
            Int(envelope.messageByteCount) == content.byteCount
        else { throw WireError(.outOfRange, field: "message length", offset: 16) }
        try self.init(envelope: envelope, content: content)
    }

    /// Parses what stood behind the envelope, decrypted where it had been encrypted. The envelope is kept as it is.
    public init(envelope: Envelope, content: RawSpan) throws(WireError) {
        self.envelope = envelope
        header = try MessageHeader(parsing: content, base: Envelope.byteCount)
        var reader = ByteReader(
            content.extracting(droppingFirst: MessageHeader.byteCount), base: Message.bodyOffset)
        guard header.bodyByteCount <= UInt32(Limits.messageByteCount),
            Int(header.bodyByteCount) <= reader.remaining
        else { throw WireError(.outOfRange, field: "body length", offset: Message.bodyOffset - 4) }
        body = try reader.readBytes(count: Int(header.bodyByteCount), "body").array
        if reader.isAtEnd {
            credential = .omitted
            trailing = []
        } else {
            credential = .bytes(try reader.readBytes("credential").array)
            trailing = reader.readRest().array
        }
    }

    /// Bytes behind the envelope.
    public var contentByteCount: Int {
        MessageHeader.byteCount + body.count + credential.byteCount + trailing.count
    }

    /// Writes what stands behind the envelope: header, body, credential. This is what gets encrypted.
    public func writeContent(to writer: inout ByteWriter) {
        writeSigned(to: &writer)
        if case .bytes(let bytes) = credential { writer.write(bytes) }
        writer.write(raw: trailing)
    }

    /// Writes header and body: what digests and signatures cover (RFC 3652 §2.2.4).
    public func writeSigned(to writer: inout ByteWriter) {
        var header = header
        header.bodyByteCount = UInt32(truncatingIfNeeded: body.count)
        header.write(to: &writer)
        writer.write(raw: body)
    }

    /// Header and body.
    public func signedBytes() -> [UInt8] {
        var writer = ByteWriter(capacity: MessageHeader.byteCount + body.count)
        writeSigned(to: &writer)
        return writer.bytes
    }

    /// Header, body and credential.
    public func content() -> [UInt8] {
        var writer = ByteWriter(capacity: contentByteCount)
        writeContent(to: &writer)
        return writer.bytes
    }

    /// The whole message in clear, with right lengths.
    public func bytes() -> [UInt8] {
        var writer = ByteWriter(capacity: Envelope.byteCount + contentByteCount)
        var envelope = envelope
        envelope.messageByteCount = UInt32(truncatingIfNeeded: contentByteCount)
        envelope.write(to: &writer)
        writeContent(to: &writer)
        return writer.bytes
    }
}
