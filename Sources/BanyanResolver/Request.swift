internal import HandleProtocol

/// A request whose frame has been checked: envelope, header, and a body that lies wholly inside the message.
struct Request: ~Escapable {
    /// Envelope and message.
    let bytes: RawSpan
    let envelope: Envelope
    let header: MessageHeader
    /// The version of the answer.
    let version: ProtocolVersion

    @_lifetime(copy bytes)
    init(bytes: RawSpan, envelope: Envelope, header: MessageHeader) {
        self.bytes = bytes
        self.envelope = envelope
        self.header = header
        version = ProtocolVersion.negotiated(message: envelope.version, suggested: envelope.suggested)
    }

    static let bodyOffset = Envelope.byteCount + MessageHeader.byteCount

    var body: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(Request.bodyOffset..<bodyEnd) }
    }

    /// Header and body: what a request digest is made of (RFC 3652 §2.2.3).
    var digested: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(Envelope.byteCount..<bodyEnd) }
    }

    private var bodyEnd: Int { Request.bodyOffset &+ Int(header.bodyByteCount) }

    /// Whether the answer begins with a digest of the request: asked for, and known to the answer's version.
    var wantsDigest: Bool { header.flags.contains(.requestDigest) && version.hasFeatures(of2: 1) }
}

/// The body of a resolution request, read where it lies (RFC 3652 §3.2.1). Bytes that follow the two lists are kept
/// out of it: a Chinese client sends an authorisation text there.
struct QueryView: ~Escapable {
    let handle: RawSpan
    /// Indexes of four bytes each.
    let indexes: RawSpan
    let typeCount: Int
    /// Types, each with its length in front.
    let types: RawSpan

    @_lifetime(copy body)
    init(parsing body: RawSpan, base: Int) throws(WireError) {
        var reader = ByteReader(body, base: base)
        handle = try reader.readBytes("handle")
        let indexesAt = reader.offset
        let indexCount = try reader.readCount("index list", minimumByteCount: 4)
        guard indexCount <= Limits.requestedIndexCount else {
            throw WireError(.outOfRange, field: "index list", offset: indexesAt)
        }
        indexes = try reader.readBytes(count: indexCount &* 4, "index list")
        let typesAt = reader.offset
        typeCount = try reader.readCount("type list", minimumByteCount: 4)
        guard typeCount <= Limits.requestedTypeCount else {
            throw WireError(.outOfRange, field: "type list", offset: typesAt)
        }
        var walk = ByteReader(reader.readRest(), base: reader.offset)
        for _ in 0..<typeCount { _ = try walk.readBytes("type") }
        types = body.extracting(first: body.byteCount &- walk.remaining).extracting(last: walk.position)
    }

    var selectsAll: Bool { indexes.isEmpty && typeCount == 0 }
}
