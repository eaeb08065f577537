/// Which letters of a name count as equal (RFC 3651 §2). Only ASCII is folded: É and é stay two names.
public enum CaseRule: UInt8, Sendable {
    /// a–z equal A–Z in the whole handle: the default.
    case insensitive = 0
    /// Only the prefix is folded, and every handle that begins with `0.`.
    case sensitiveLocalName = 1
}

/// Folding of names: ASCII a–z become A–Z, all other bytes stay.
public enum HandleCase {
    @inlinable @inline(__always)
    public static func fold(_ byte: UInt8) -> UInt8 {
        byte &- 0x61 < 26 ? byte &- 0x20 : byte
    }

    /// The name as it is stored and looked up. A handle without a slash is a prefix: `0.NA/` stands before it.
    public static func folded(_ handle: [UInt8], rule: CaseRule = .insensitive) -> [UInt8] {
        guard let slash = handle.firstIndex(of: UInt8(ascii: "/")) else {
            return Array("0.NA/".utf8) + handle.map(fold)
        }
        let isReserved = handle.starts(with: [UInt8(ascii: "0"), UInt8(ascii: ".")])
        guard rule == .sensitiveLocalName, !isReserved else { return handle.map(fold) }
        return handle[..<slash].map(fold) + handle[slash...]
    }

    /// Whether both are equal but for ASCII case: types, and prefixes in references.
    @inlinable
    public static func areEqual(_ one: RawSpan, _ other: RawSpan) -> Bool {
        guard one.byteCount == other.byteCount else { return false }
        for offset in 0..<one.byteCount where fold(one.byte(at: offset)) != fold(other.byte(at: offset)) {
            return false
        }
        return true
    }
}
