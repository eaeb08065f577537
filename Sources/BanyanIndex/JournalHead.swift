import HandleProtocol
import LMDB
import OpenSSL

/// Where the journal ends: what the next entry goes on from.
struct JournalHead {
    var sequence: UInt64 = 0
    var chain = ContentDigest.zero
    /// Milliseconds since 1970: of the transaction, and so of its entries; never less than the last entry's.
    var time: UInt64 = 0

    /// Takes the last entry, or the place where the journal was cut when there is none.
    mutating func load(_ transaction: borrowing WriteTransaction, _ tables: Tables, now: UInt64) throws {
        if let last = try transaction.last(in: tables.journal) {
            self = JournalHead(try IndexSnapshot.entry(last))
            time = max(now, time)
        } else {
            self = JournalHead(base: try transaction.journalBase(in: tables))
            time = max(now, time)
        }
    }

    init() {}

    /// Behind `entry`.
    init(_ entry: borrowing JournalEntry) {
        sequence = entry.sequence
        chain = entry.chain
        time = entry.time
    }

    /// Of the value of the meta entry `journal`; nil: a journal from its beginning.
    init(base: RawSpan?) {
        guard let base, base.byteCount == 48 else { return }
        sequence = base.bigEndianUInt64(at: 0)
        time = base.bigEndianUInt64(at: 8)
        chain = ContentDigest(parsing: base, at: 16)
    }

    /// Writes the next entry and moves on. The handle, the record before and the digest after are in `entry` parts.
    mutating func write(
        _ operation: JournalOperation, handle: RawSpan, before: RawSpan, previousSequence: UInt64,
        digest: ContentDigest, by origin: borrowing Origin, into entry: inout ScratchBytes,
        _ algorithm: ChainAlgorithm, _ digests: DigestContext
    ) {
        let principal = origin.principal.extracting(0..<min(origin.principal.byteCount, 255))
        let source = origin.source.extracting(0..<min(origin.source.byteCount, 255))
        let reason = origin.reason.extracting(0..<min(origin.reason.byteCount, 255))
        entry.removeAll()
        chain.write(to: &entry)
        entry.write(reason.byteCount > 0 ? JournalEntry.formatWithReason : JournalEntry.format)
        entry.write(operation.rawValue)
        entry.write(UInt8(principal.byteCount))
        entry.write(UInt8(source.byteCount))
        entry.write(UInt16(truncatingIfNeeded: handle.byteCount))
        entry.write(UInt32(truncatingIfNeeded: before.byteCount))
        entry.write(time)
        entry.write(previousSequence)
        digest.write(to: &entry)
        if reason.byteCount > 0 {
            entry.write(UInt8(reason.byteCount))
            entry.write(raw: reason)
        }
        entry.write(raw: principal)
        entry.write(raw: source)
        entry.write(raw: handle)
        entry.write(raw: before)
        // In place: the chain before stands in the chain's field while it is hashed.
        let value = digests.digest(entry.bytes, algorithm: algorithm.digest)
        entry.overwrite(raw: value.bytes, at: 0)
        chain = ContentDigest(value)
        sequence += 1
    }
}

/// Who changes, through which door or from which input, and why; each at most 255 bytes.
public struct Origin: ~Escapable {
    let principal: RawSpan
    let source: RawSpan
    let reason: RawSpan

    @_lifetime(copy principal, copy source, copy reason)
    public init(principal: RawSpan, source: RawSpan, reason: RawSpan = RawSpan()) {
        self.principal = principal
        self.source = source
        self.reason = reason
    }

    /// The same, for a reason.
    @_lifetime(copy self, copy reason)
    public func giving(reason: RawSpan) -> Origin { Origin(principal: principal, source: source, reason: reason) }
}

extension WriteTransaction {
    @_lifetime(borrow self)
    func journalBase(in tables: Tables) throws -> RawSpan? {
        let name = MetaTable.journal
        guard let bytes = try value(for: name.rawSpan, in: tables.meta) else { return nil }
        guard let value = MetaTable.value(key: name.rawSpan, bytes: bytes) else { throw IndexError.damagedMeta }
        return value
    }

    /// Appends an entry of the journal.
    mutating func append(
        _ entry: borrowing ScratchBytes, sequence: UInt64, _ key: inout ScratchBytes, in tables: Tables
    ) throws(LMDBError) {
        key.removeAll()
        key.write(sequence)
        try append(entry.bytes, for: key.bytes, in: tables.journal)
    }
}
