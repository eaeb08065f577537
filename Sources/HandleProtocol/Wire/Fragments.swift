/// A message cut into datagrams (RFC 3652 §2.3): pieces of exactly 492 bytes, the last one shorter, each behind an
/// envelope that differs only in its sequence number. Nothing is copied: a piece is a span over the message.
///
/// A message of up to 492 bytes is one datagram and has no truncated flag; its envelope is left as it is.
public struct Fragments: ~Escapable {
    private let content: RawSpan
    private let envelope: Envelope
    private let pieceByteCount: Int

    /// `message` begins with its envelope. Bytes beyond `Limits.messageByteCount` are refused.
    @_lifetime(copy message)
    public init(_ message: RawSpan, pieceByteCount: Int = Limits.fragmentByteCount) throws(WireError) {
        envelope = try Envelope(parsing: message)
        content = message.extracting(droppingFirst: Envelope.byteCount)
        self.pieceByteCount = max(1, pieceByteCount)
        guard content.byteCount <= Limits.messageByteCount else {
            throw WireError(.outOfRange, field: "message length", offset: 16)
        }
    }

    /// Datagrams: at least one.
    public var count: Int { Fragments.count(of: content.byteCount, pieceByteCount: pieceByteCount) }

    static func count(of byteCount: Int, pieceByteCount: Int) -> Int {
        byteCount <= pieceByteCount ? 1 : 1 + (byteCount - 1) / pieceByteCount
    }

    /// The envelope of a datagram, counted from 0.
    public func envelope(of position: Int) -> Envelope {
        guard count > 1 else { return envelope }
        var piece = envelope
        piece.flags.insert(.truncated)
        piece.sequence = UInt32(truncatingIfNeeded: position)
        piece.messageByteCount = UInt32(truncatingIfNeeded: content.byteCount)
        return piece
    }

    /// The piece behind that envelope; empty beyond the last.
    @_lifetime(copy self)
    public func piece(_ position: Int) -> RawSpan {
        guard position >= 0, position < count else { return content.extracting(0..<0) }
        let start = position * pieceByteCount
        return content.extracting(start..<min(start + pieceByteCount, content.byteCount))
    }

    /// Writes a datagram whole; false when it does not fit.
    @_lifetime(output: copy output)
    public func write(_ position: Int, to output: inout OutputRawSpan) -> Bool {
        let piece = piece(position)
        guard output.freeCapacity >= Envelope.byteCount + piece.byteCount else { return false }
        return envelope(of: position).write(to: &output) && output.write(raw: piece)
    }
}
