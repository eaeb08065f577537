import HandleProtocol
import LMDB

/// Where the journal begins or ends.
public struct JournalPlace: Equatable, Sendable {
    /// Of the last entry before this place.
    public var sequence: UInt64
    /// Its time, milliseconds since 1970.
    public var time: UInt64
    public var chain: ContentDigest

    init(_ head: JournalHead) {
        sequence = head.sequence
        time = head.time
        chain = head.chain
    }
}

/// The journal: by sequence, by handle, and what a record was at a time.
extension IndexSnapshot {
    /// Behind the newest entry.
    public func journalHead() throws(IndexError) -> JournalPlace {
        var cursor = try cursor(in: index.tables.journal)
        do {
            guard let last = try cursor.last() else { return try journalBase() }
            return JournalPlace(JournalHead(try Self.entry(last)))
        } catch {
            throw IndexError(error)
        }
    }

    /// Before the oldest entry: what was there earlier has been removed.
    public func journalBase() throws(IndexError) -> JournalPlace {
        JournalPlace(JournalHead(base: try transaction.meta(MetaTable.journal, in: index.tables)))
    }

    /// The entry of that sequence; nil where the journal has none.
    @_lifetime(borrow self)
    public func journalEntry(_ sequence: UInt64) throws(IndexError) -> JournalEntry? {
        do {
            var key = ByteWriter(capacity: 8)
            key.write(sequence)
            guard let bytes = try transaction.value(for: key.bytes.rawSpan, in: index.tables.journal) else {
                return nil
            }
            guard let entry = JournalEntry(sequence: sequence, bytes: bytes) else {
                throw IndexError.damagedJournal(sequence)
            }
            return entry
        } catch {
            throw IndexError(error)
        }
    }

    /// A walk over the entries from `sequence` on.
    @_lifetime(borrow self)
    public func journal(from sequence: UInt64) throws(IndexError) -> JournalWalk {
        JournalWalk(try cursor(in: index.tables.journal), from: sequence)
    }

    /// The record of `key` as it was at `time`, in milliseconds since 1970; nil where there was none, or a deleted one.
    /// Walks back from the record's own sequence: costs one look-up for each later change of this handle.
    ///
    /// - Throws: `.historyUnavailable` when the journal does not reach back so far.
    @_lifetime(borrow self)
    public func record(for key: borrowing IndexKey, at time: UInt64) throws(IndexError) -> RecordView? {
        guard var record = try record(for: key) else { return nil }
        while true {
            guard let entry = try journalEntry(record.sequence) else {
                // Cut off: the change is older than the journal.
                let base = try journalBase()
                guard time >= base.time else { throw .historyUnavailable(since: base.time) }
                break
            }
            if entry.time <= time { break }
            guard entry.recordBefore.byteCount > 0 else { return nil }
            guard let before = RecordView(key: key.bytes, bytes: entry.recordBefore) else {
                throw .damagedJournal(record.sequence)
            }
            // Sequences fall, so this ends also where the journal is damaged.
            guard before.sequence < record.sequence else { throw .damagedJournal(record.sequence) }
            record = before
        }
        return record.flags.contains(.deleted) ? nil : record
    }

    static func sequence(_ entry: Entry) -> UInt64 { entry.key.bigEndianUInt64(at: 0) }

    @_lifetime(copy entry)
    static func entry(_ entry: Entry) throws(IndexError) -> JournalEntry {
        let sequence = sequence(entry)
        guard entry.key.byteCount == 8, let parsed = JournalEntry(sequence: sequence, bytes: entry.value) else {
            throw .damagedJournal(sequence)
        }
        return parsed
    }
}

/// A walk over the journal, oldest first.
public struct JournalWalk: ~Copyable, ~Escapable {
    private var cursor: Cursor
    private let start: UInt64
    private var hasBegun = false

    @_lifetime(copy cursor)
    init(_ cursor: consuming Cursor, from start: UInt64) {
        self.cursor = cursor
        self.start = start
    }

    /// The next entry, nil behind the last one.
    @_lifetime(copy self)
    public mutating func next() throws(IndexError) -> JournalEntry? {
        do {
            guard let found = hasBegun ? try cursor.next() : try seek() else { return nil }
            return try IndexSnapshot.entry(found)
        } catch {
            throw IndexError(error)
        }
    }

    @_lifetime(copy self)
    private mutating func seek() throws(LMDBError) -> Entry? {
        hasBegun = true
        var key = ByteWriter(capacity: 8)
        key.write(start)
        return try cursor.seek(key.bytes.rawSpan)
    }
}
