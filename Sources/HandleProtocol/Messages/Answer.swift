/// An answer's body whole: the digest of the request where it was asked for, and what the server says.
public struct Answer: Equatable, Sendable {
    public var digest: RequestDigest?
    public var body: AnswerBody

    public init(digest: RequestDigest? = nil, _ body: AnswerBody) {
        self.digest = digest
        self.body = body
    }

    /// Parses the body of an answer. `digestAsked`: whether the request had the flag `requestDigest`. Answers below
    /// 2.1 then begin with a digest that their own flags do not tell of; later ones tell.
    /// Offsets in errors count from the envelope's first byte.
    public init(parsing message: Message, digestAsked: Bool = false) throws(WireError) {
        let header = message.header
        let version = message.envelope.version
        var reader = ByteReader(message.body.rawSpan, base: Message.bodyOffset)
        if header.flags.contains(.requestDigest) {
            digest = try RequestDigest(parsing: &reader)
        } else if digestAsked, !version.hasFeatures(of2: 1), header.responseCode != .authenticationNeeded {
            digest = try RequestDigest(parsingUnflagged: &reader)
        } else {
            digest = nil
        }
        body = try AnswerBody(
            parsing: &reader, opCode: header.opCode, responseCode: header.responseCode, version: version)
    }

    public func write(to writer: inout ByteWriter) {
        digest?.write(to: &writer)
        body.write(to: &writer)
    }

    public func bytes() -> [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}
