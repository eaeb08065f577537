import HandleProtocol
import LMDB

/// One state of the index, for one thread. What it lends ends when it is renewed or reset, which the compiler checks.
///
/// `renew` once a batch, after the batch was received, so that no answer is older than its question; `reset` before
/// waiting, since a snapshot held open keeps freed pages from being used again.
public struct IndexSnapshot: ~Copyable {
    let index: HandleIndex
    var transaction: ReadTransaction
    private var isReset = false
    /// Number of the state that the cache was last compared with.
    private var number: UInt64 = 0
    private var cache: SnapshotCache

    init(of index: HandleIndex, _ transaction: consuming ReadTransaction, _ cache: SnapshotCache) {
        self.index = index
        self.transaction = transaction
        self.cache = cache
    }

    /// Takes the newest state. Allocates nothing unless a prefix or the site has changed.
    public mutating func renew() throws(IndexError) {
        if !isReset { transaction.reset() }
        isReset = true
        do throws(LMDBError) { try transaction.renew() } catch { throw .store(error) }
        isReset = false
        guard transaction.number != number else { return }
        if try index.generation(in: transaction) != cache.generation { cache = try index.cache(for: transaction) }
        // Only now: what could not be read must be looked for again.
        number = transaction.number
    }

    /// Number of the transaction whose state it is: what is found in another one of the same number is the same.
    public var stateNumber: UInt64 { transaction.number }

    /// Lets go of the state; until `renew` every read fails.
    public mutating func reset() {
        if !isReset { transaction.reset() }
        isReset = true
    }

    /// The record of `key`, also a deleted one; nil where none is.
    /// - Throws: `.damagedRecord` when its checksum is wrong.
    @_lifetime(borrow self)
    public func record(for key: borrowing IndexKey) throws(IndexError) -> RecordView? {
        do {
            guard let bytes = try transaction.value(for: key.bytes, in: index.tables.handles) else { return nil }
            guard let record = RecordView(key: key.bytes, bytes: bytes) else { throw IndexError.damagedRecord }
            return record
        } catch {
            throw IndexError(error)
        }
    }

    /// The entry of a folded prefix that is homed here, suspended ones included; without `0.NA/` in front.
    public func prefix(_ folded: RawSpan) -> PrefixEntry? { cache.prefixes.find(folded) }

    /// The node's own HS_SITE record; empty where none is set.
    public var siteRecord: RawSpan {
        @_lifetime(borrow self)
        get { cache.siteRecord.rawSpan }
    }

    public var site: SiteSummary { cache.site }
    /// What the journal's entries are chained with.
    public var chainAlgorithm: ChainAlgorithm { index.chainAlgorithm }

    /// A setting of the node that a change has stored.
    public func setting(_ name: String) throws(IndexError) -> [UInt8]? {
        try transaction.meta(Array((MetaTable.settingPrefix + name).utf8), in: index.tables)?.array
    }

    /// The sequence of a setting's last change; 0 where it is not set.
    public func settingSequence(_ name: String) throws(IndexError) -> UInt64 {
        do {
            let key = Array((MetaTable.settingPrefix + name).utf8)
            guard let bytes = try transaction.value(for: key.rawSpan, in: index.tables.meta) else { return 0 }
            return MetaTable.sequence(of: bytes)
        } catch {
            throw IndexError(error)
        }
    }

    /// Where the last committed set of a bulk source ended.
    public func checkpoint(_ identity: [UInt8]) throws(IndexError) -> UInt64? {
        do {
            guard let bytes = try transaction.value(for: identity.rawSpan, in: index.tables.checkpoints) else {
                return nil
            }
            guard let value = MetaTable.value(key: identity.rawSpan, bytes: bytes), value.byteCount == 16 else {
                throw IndexError.damagedMeta
            }
            return value.bigEndianUInt64(at: 0)
        } catch {
            throw IndexError(error)
        }
    }
}
