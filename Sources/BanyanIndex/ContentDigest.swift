public import HandleProtocol
import OpenSSL

/// 256 bits: a SHA-256 or SM3, or a sum of such modulo 2^256 (big-endian).
///
/// A prefix's digest is the sum over its records of SHA-256(key ‖ record): it does not depend on their order, a change
/// costs one addition and one subtraction, and two nodes compare 32 bytes.
public struct ContentDigest: Hashable, Sendable {
    public static let byteCount = 32
    public static let zero = ContentDigest()

    /// Most significant first.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    public init() { words = (0, 0, 0, 0) }

    /// The 32 bytes at `offset`, which the caller has checked to be there.
    public init(parsing bytes: RawSpan, at offset: Int = 0) {
        words = (
            bytes.bigEndianUInt64(at: offset), bytes.bigEndianUInt64(at: offset &+ 8),
            bytes.bigEndianUInt64(at: offset &+ 16), bytes.bigEndianUInt64(at: offset &+ 24)
        )
    }

    init(_ value: DigestValue) { self.init(parsing: value.bytes) }

    public func write(to scratch: inout ScratchBytes) {
        scratch.write(words.0)
        scratch.write(words.1)
        scratch.write(words.2)
        scratch.write(words.3)
    }

    /// Adds modulo 2^256.
    public static func += (sum: inout ContentDigest, other: ContentDigest) {
        var carry: UInt64 = 0
        for index in stride(from: 3, through: 0, by: -1) {
            let (one, first) = sum[index].addingReportingOverflow(other[index])
            let (two, second) = one.addingReportingOverflow(carry)
            sum[index] = two
            carry = first || second ? 1 : 0
        }
    }

    /// Subtracts modulo 2^256.
    public static func -= (sum: inout ContentDigest, other: ContentDigest) {
        var borrow: UInt64 = 0
        for index in stride(from: 3, through: 0, by: -1) {
            let (one, first) = sum[index].subtractingReportingOverflow(other[index])
            let (two, second) = one.subtractingReportingOverflow(borrow)
            sum[index] = two
            borrow = first || second ? 1 : 0
        }
    }

    private subscript(index: Int) -> UInt64 {
        get {
            switch index {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        }
        set {
            switch index {
            case 0: words.0 = newValue
            case 1: words.1 = newValue
            case 2: words.2 = newValue
            default: words.3 = newValue
            }
        }
    }

    /// In wire order.
    public var bytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: self[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
    }

    public static func == (one: ContentDigest, other: ContentDigest) -> Bool { one.words == other.words }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<4 { hasher.combine(self[index]) }
    }
}
