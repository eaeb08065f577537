import HandleProtocol
import LMDB
import OpenSSL

/// The one writer of an index: keeps record, journal entry and prefix digest in step, in one transaction. It knows the
/// formats; what may be written is the caller's business.
///
/// Made once by the thread that writes: `begin`, then for each change `select` a handle, look at `current`, and `put`;
/// then `commit`. After any error thrown between the two, `abort`. Its scratch memory is kept, so a change allocates
/// nothing.
public struct IndexWriter: ~Copyable {
    let index: HandleIndex
    let digests = DigestContext()
    var transaction: WriteTransaction

    var journal = JournalHead()
    /// The last key of the table of handles: what sorts behind it is new and can be appended without a search.
    var lastKey = ScratchBytes(capacity: 512)
    /// The selected handle's record before the change; empty where there is none.
    var before = ScratchBytes(capacity: 1_024)
    /// Whether the selected key is behind all others.
    var isBehindLast = false

    var prefix = OpenPrefix()
    var record = ScratchBytes(capacity: 4_096)
    var entry = ScratchBytes(capacity: 4_096)
    var row = ScratchBytes(capacity: 128)
    var generationChanged = false

    /// Keys changed since `begin`, for a cache in front of the index; kept only when `keepsChangedKeys`.
    var changed = ScratchBytes(capacity: 0)
    public var keepsChangedKeys = false
    /// Whether this index is a mirror's, which takes what its primary has and nothing else.
    public internal(set) var isMirror = false
    /// About how many bytes of pages the transaction has made dirty so far.
    public private(set) var dirtyByteCount = 0

    public init(_ index: HandleIndex) {
        self.index = index
        transaction = WriteTransaction(index.environment)
    }

    /// Sequence of the journal's last entry.
    public var sequence: UInt64 { journal.sequence }

    /// Starts a transaction. `now` is in milliseconds since 1970; the journal's time never goes back.
    public mutating func begin(at now: UInt64) throws(IndexError) {
        dirtyByteCount = 0
        generationChanged = false
        changed.removeAll()
        prefix.close()
        do {
            try transaction.begin()
            try journal.load(transaction, index.tables, now: now)
            try Self.loadLastKey(transaction, index.tables, into: &lastKey)
            isMirror = try Self.isMirror(transaction, index.tables)
        } catch {
            transaction.abort()
            throw IndexError(error)
        }
    }

    /// Makes everything since `begin` durable. After an error nothing of it is there.
    public mutating func commit() throws(IndexError) {
        do {
            try closePrefix()
            if generationChanged { try raiseGeneration() }
            try transaction.commit()
        } catch {
            transaction.abort()
            throw IndexError(error)
        }
    }

    public mutating func abort() { transaction.abort() }

    /// Reads the record of `key` for `current` and the next `put`.
    /// - Throws: `.damagedRecord` when the checksum is wrong: a damaged record is not written over either.
    public mutating func select(_ key: borrowing IndexKey) throws(IndexError) {
        isBehindLast = Self.isBehind(key, lastKey)
        before.removeAll()
        guard !isBehindLast else { return }
        try Self.load(transaction, index.tables, key, into: &before)
    }

    /// The selected handle's record, also a deleted one; nil where none is.
    public var current: RecordView? {
        @_lifetime(borrow self)
        get { before.byteCount == 0 ? nil : RecordView(trusted: before.bytes) }
    }

    /// Counts what a put of `byteCount` bytes may make dirty: appended it fills pages, elsewhere it takes one.
    mutating func countDirty(_ byteCount: Int, appended: Bool) {
        dirtyByteCount &+= appended ? byteCount &+ byteCount / 8 : byteCount &+ 4_096
    }

    /// Keys changed since `begin`, one behind the other; only when `keepsChangedKeys`.
    public var changedKeys: ChangedKeys {
        @_lifetime(borrow self)
        get { ChangedKeys(changed.bytes) }
    }

    private mutating func raiseGeneration() throws(LMDBError) {
        let name = MetaTable.generation
        let tables = index.tables
        var next: UInt64 = 1
        if let bytes = try transaction.value(for: name.rawSpan, in: tables.meta),
            let old = MetaTable.value(key: name.rawSpan, bytes: bytes)
        {
            next = old.bigEndianUInt64(at: 0) &+ 1
        }
        record.removeAll()
        record.write(next)
        MetaTable.write(record, name: name, sequence: 0, into: &row)
        try transaction.put(row, for: name, in: tables.meta)
    }

    private static func isBehind(_ key: borrowing IndexKey, _ last: borrowing ScratchBytes) -> Bool {
        last.bytes.precedes(key.bytes)
    }

    private static func load(
        _ transaction: borrowing WriteTransaction, _ tables: Tables, _ key: borrowing IndexKey,
        into before: inout ScratchBytes
    ) throws(IndexError) {
        do {
            guard let bytes = try transaction.value(for: key.bytes, in: tables.handles) else { return }
            guard RecordView(key: key.bytes, bytes: bytes) != nil else { throw IndexError.damagedRecord }
            before.write(raw: bytes)
        } catch {
            throw IndexError(error)
        }
    }

    private static func isMirror(
        _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws(LMDBError) -> Bool {
        let name = MetaTable.mirror
        return try transaction.value(for: name.rawSpan, in: tables.meta) != nil
    }

    private static func loadLastKey(
        _ transaction: borrowing WriteTransaction, _ tables: Tables, into key: inout ScratchBytes
    ) throws(LMDBError) {
        key.removeAll()
        if let last = try transaction.last(in: tables.handles) { key.write(raw: last.key) }
    }
}

/// Keys that a transaction has changed.
public struct ChangedKeys: ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { reader = ByteReader(bytes) }

    /// The next key, nil behind the last one.
    @_lifetime(copy self)
    public mutating func next() -> RawSpan? {
        do throws(WireError) {
            return try reader.readBytes(count: Int(reader.readUInt16("key length")), "key")
        } catch {
            return nil
        }
    }
}

extension WriteTransaction {
    mutating func put(
        _ value: borrowing ScratchBytes, for key: borrowing IndexKey, in database: Database, appended: Bool
    ) throws(LMDBError) {
        if appended {
            try append(value.bytes, for: key.bytes, in: database)
        } else {
            try put(value.bytes, for: key.bytes, in: database)
        }
    }

    mutating func put(_ value: borrowing ScratchBytes, for key: [UInt8], in database: Database) throws(LMDBError) {
        try put(value.bytes, for: key.rawSpan, in: database)
    }
}

extension RawSpan {
    /// Whether these bytes sort before `other`, as LMDB sorts keys: byte by byte, the shorter first.
    func precedes(_ other: RawSpan) -> Bool {
        let count = min(byteCount, other.byteCount)
        var offset = 0
        while offset &+ 8 <= count {
            let (one, two) = (bigEndianUInt64(at: offset), other.bigEndianUInt64(at: offset))
            guard one == two else { return one < two }
            offset &+= 8
        }
        while offset < count {
            let (one, two) = (byte(at: offset), other.byte(at: offset))
            guard one == two else { return one < two }
            offset &+= 1
        }
        return byteCount < other.byteCount
    }
}
