public import HandleProtocol
internal import Synchronization

/// Which commit last changed a name, for tables of records in front of the index: shared by the commit thread, which
/// writes it, and the threads that answer.
///
/// Names are told apart by their hash only as far as there are rows: a row holds the newest commit of all its names.
/// Before batch n is committed, n stands in the row of each name that it changes; after the commit n is published, and
/// only then acknowledged. A record read under the published number k counts while its row holds nothing above k: so a
/// record that was read from an older state than the newest acknowledged one is never used, without a lock.
public final class ChangeNumbers: Sendable {
    /// 2^18 rows: with 100,000 changes a second a row is changed each two or three seconds.
    static let rowCount = 1 << 18

    /// The hash that rows and tables go by, with a seed of this process's own.
    public let names: NameHash
    private let rows: InlineArray<262_144, Atomic<UInt64>>
    private let newest = Atomic<UInt64>(0)

    public init(seed: UInt64) {
        names = NameHash(seed: seed)
        rows = InlineArray { _ in Atomic<UInt64>(0) }
    }

    /// The newest batch that is durable and visible. Read before the snapshot is taken that records come from.
    public var published: UInt64 { newest.load(ordering: .acquiring) }

    /// The newest batch that has changed, or is about to change, a name of this hash.
    @inline(__always)
    public func number(of hash: UInt64) -> UInt64 {
        rows[Int(truncatingIfNeeded: hash & UInt64(Self.rowCount - 1))].load(ordering: .acquiring)
    }

    /// Batch `number` is about to change the name with this key.
    public func willChange(key: RawSpan, in number: UInt64) {
        let hash = names.hash(folded: key)
        rows[Int(truncatingIfNeeded: hash & UInt64(Self.rowCount - 1))].store(number, ordering: .releasing)
    }

    /// Batch `number` is committed.
    public func didCommit(_ number: UInt64) { newest.store(number, ordering: .releasing) }
}
