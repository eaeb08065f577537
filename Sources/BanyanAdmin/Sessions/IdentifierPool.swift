import OpenSSL
import Synchronization

/// The numbers that envelopes name challenges and sessions by: one sequence for both, since clients find either by the
/// number alone. They are random, so that nobody guesses another's.
final class IdentifierPool: Sendable {
    /// Neither small, as some clients count their own from 10,001, nor negative.
    static let range: ClosedRange<UInt32> = 0x4000_0000...0x7FFF_FFFF

    private let taken = Mutex<Set<UInt32>>([])

    /// A number that nothing has.
    func draw() throws(OpenSSLError) -> UInt32 {
        // Drawn outside of the lock; the next free one is taken should it be in use.
        let drawn = try Random.uint32()
        return taken.withLock { taken in
            var identifier = Self.range.lowerBound | drawn >> 2
            while !taken.insert(identifier).inserted {
                identifier = Self.range.lowerBound | (identifier &+ 1) & 0x3FFF_FFFF
            }
            return identifier
        }
    }

    func release(_ identifier: UInt32) {
        taken.withLock { _ = $0.remove(identifier) }
    }

    var count: Int { taken.withLock { $0.count } }
}
