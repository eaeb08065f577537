import Foundation

/// Numbers of documents for clients that want one: milliseconds since 2020 and twelve random bits, below 2^53, so that
/// a number in JSON holds them. Two at once are kept apart by the store.
public enum DocumentNumber {
    public static func make() -> UInt64 {
        let milliseconds = UInt64(max(0, Date().timeIntervalSince1970 - 1_577_836_800) * 1_000)
        return (milliseconds & (1 << 41 - 1)) << 12 | UInt64.random(in: 0..<4_096)
    }
}
