/// A hash of folded names, for tables in memory: eight bytes a step, seeded, so that nobody who registers names can
/// choose which of them meet.
public struct NameHash: Sendable {
    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// The hash of a name that is folded already.
    @inline(__always)
    public func hash(folded name: RawSpan) -> UInt64 {
        var hash = begin(name.byteCount)
        var offset = 0
        while offset &+ 8 <= name.byteCount {
            hash = Self.mix(hash ^ name.bigEndianUInt64(at: offset))
            offset &+= 8
        }
        return Self.mix(hash ^ Self.tail(of: name, from: offset))
    }

    /// The hash of a name as it came: the same as that of the folded name.
    @inline(__always)
    public func hash(folding name: RawSpan) -> UInt64 {
        var hash = begin(name.byteCount)
        var offset = 0
        while offset &+ 8 <= name.byteCount {
            hash = Self.mix(hash ^ HandleCase.fold(eight: name.bigEndianUInt64(at: offset)))
            offset &+= 8
        }
        return Self.mix(hash ^ HandleCase.fold(eight: Self.tail(of: name, from: offset)))
    }

    @inline(__always)
    private func begin(_ byteCount: Int) -> UInt64 {
        seed ^ UInt64(truncatingIfNeeded: byteCount) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The last bytes, fewer than eight, as one number.
    @inline(__always)
    private static func tail(of name: RawSpan, from offset: Int) -> UInt64 {
        let left = name.byteCount &- offset
        // The last eight bytes hold them, and some of those before, which are shifted out.
        if name.byteCount >= 8 {
            return left == 0 ? 0 : name.bigEndianUInt64(at: name.byteCount &- 8) &<< UInt64(64 &- 8 &* left)
        }
        var tail: UInt64 = 0
        for index in offset..<name.byteCount { tail = tail &<< 8 | UInt64(name.byte(at: index)) }
        return tail
    }

    /// Both halves of a product depend on all bits of its factors.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}

extension HandleCase {
    /// Folds eight bytes at once: 0x20 is taken from each byte between a and z.
    @inlinable @inline(__always)
    public static func fold(eight bytes: UInt64) -> UInt64 {
        let low = bytes & 0x7F7F_7F7F_7F7F_7F7F
        // Bit 7 of each byte: at least a, above z.
        let reachesA = low &+ 0x1F1F_1F1F_1F1F_1F1F
        let exceedsZ = low &+ 0x0505_0505_0505_0505
        let isLower = (reachesA ^ exceedsZ) & ~bytes & 0x8080_8080_8080_8080
        return bytes ^ (isLower &>> 2)
    }
}
