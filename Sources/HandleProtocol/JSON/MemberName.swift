/// A member's name, up to 16 bytes of it, in two machine words: comparing one costs as much as comparing numbers. No
/// name that we know is longer; a longer one is equal to none of them.
public struct MemberName: Hashable, Sendable, ExpressibleByStringLiteral {
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    private var byteCount = 0

    /// The name that stands in `text` at `range`. A short name is taken out of one load, where eight bytes are there.
    init(in text: RawSpan, _ range: Range<Int>) {
        byteCount = range.count
        if byteCount > 0, byteCount <= 8, range.lowerBound &+ 8 <= text.byteCount {
            low = text.bigEndianUInt64(at: range.lowerBound) >> UInt64(64 &- 8 &* byteCount)
        } else {
            for offset in range.prefix(16) { append(text.byte(at: offset)) }
        }
    }

    public init(stringLiteral text: String) {
        byteCount = text.utf8.count
        for byte in text.utf8.prefix(16) { append(byte) }
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        high = high << 8 | low >> 56
        low = low << 8 | UInt64(byte)
    }
}

/// The names of records, made once.
extension MemberName {
    static let handle: MemberName = "handle"
    static let values: MemberName = "values"
    static let state: MemberName = "state"
    static let answered: MemberName = "answered"
    static let error: MemberName = "_error"
    static let responseCode: MemberName = "responseCode"
    static let message: MemberName = "message"
    static let index: MemberName = "index"
    static let type: MemberName = "type"
    static let data: MemberName = "data"
    static let format: MemberName = "format"
    static let value: MemberName = "value"
    static let timeToLive: MemberName = "ttl"
    static let timeToLiveKind: MemberName = "ttlType"
    static let permissions: MemberName = "permissions"
    static let timestamp: MemberName = "timestamp"
    static let references: MemberName = "references"
}

extension JSONReader {
    func memberName(_ string: JSONString) -> MemberName {
        guard string.hasEscapes else { return MemberName(in: bytes, string.range) }
        let contents = contents(string)
        return MemberName(in: contents.rawSpan, 0..<contents.count)
    }
}
