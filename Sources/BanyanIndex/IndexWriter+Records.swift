import HandleProtocol
import LMDB
import OpenSSL

extension IndexWriter {
    /// Begins the selected handle's new record. `registered` is the name as registered: kept where it differs from the
    /// key. Values follow by `appendValues`.
    public mutating func beginRecord(
        _ key: borrowing IndexKey, registered: RawSpan, flags: RecordFlags, valueCount: Int
    ) {
        let name = Self.keptName(key, registered)
        record.removeAll()
        record.write(RecordView.format)
        record.write(flags.subtracting(.nameKept).union(name == nil ? [] : .nameKept).rawValue)
        record.write(UInt16(truncatingIfNeeded: valueCount))
        // Checksum and sequence: known when it is put.
        record.write(0 as UInt32)
        record.write(0 as UInt64)
        if let name {
            record.write(UInt16(truncatingIfNeeded: name.byteCount))
            record.write(raw: name)
        }
    }

    /// Appends the own values of a suspended or withdrawn handle, in wire encoding, in front of those that are
    /// answered; the offset of the first one, for `setTimestamp`.
    public mutating func appendOwnValues(_ values: RawSpan, count: Int) -> Int {
        record.write(UInt16(truncatingIfNeeded: count))
        record.write(UInt32(truncatingIfNeeded: values.byteCount))
        return appendValues(values)
    }

    /// Appends values in wire encoding; the offset of the first one, for `setTimestamp`.
    public mutating func appendValues(_ values: RawSpan) -> Int {
        let offset = record.byteCount
        record.write(raw: values)
        return offset
    }

    /// Sets the timestamp of the value that begins at `offset` of the record.
    public mutating func setTimestamp(_ seconds: UInt32, ofValueAt offset: Int) {
        record.overwrite(seconds, at: offset &+ 4)
    }

    /// Stores the record that was begun, its journal entry, and its share of the prefix's digest.
    public mutating func put(
        _ operation: JournalOperation, _ key: borrowing IndexKey, by origin: borrowing Origin
    ) throws(IndexError) {
        try openPrefix(of: key)
        let tables = index.tables
        let sequence = journal.sequence + 1
        let digest = Self.seal(&record, key, sequence: sequence, digests)
        prefix.count(before, record, key, digest, digests)
        Self.write(
            operation, key, before, digest, by: origin, to: &journal, into: &entry, index.chainAlgorithm, digests)
        do throws(LMDBError) {
            try transaction.put(record, for: key, in: tables.handles, appended: isBehindLast)
            try transaction.append(entry, sequence: sequence, &row, in: tables)
        } catch {
            throw .store(error)
        }
        countDirty(record.byteCount, appended: isBehindLast)
        countDirty(entry.byteCount, appended: true)
        if isBehindLast { Self.copy(key, into: &lastKey) }
        if keepsChangedKeys { Self.append(key, to: &changed) }
    }

    /// Fills in sequence and checksum; the digest of key and record.
    private static func seal(
        _ record: inout ScratchBytes, _ key: borrowing IndexKey, sequence: UInt64, _ digests: DigestContext
    ) -> ContentDigest {
        record.overwrite(UInt32(truncatingIfNeeded: sequence >> 32), at: 8)
        record.overwrite(UInt32(truncatingIfNeeded: sequence), at: 12)
        record.overwrite(RecordView.checksum(key: key.bytes, bytes: record.bytes), at: 4)
        return ContentDigest(digests.digest(key.bytes, record.bytes, algorithm: .sha256))
    }

    private static func write(
        _ operation: JournalOperation, _ key: borrowing IndexKey, _ before: borrowing ScratchBytes,
        _ digest: ContentDigest, by origin: borrowing Origin, to journal: inout JournalHead,
        into entry: inout ScratchBytes, _ algorithm: ChainAlgorithm, _ digests: DigestContext
    ) {
        journal.write(
            operation, handle: key.name, before: before.bytes, previousSequence: before.bytes.bigEndianUInt64(at: 8),
            digest: digest, by: origin, into: &entry, algorithm, digests)
    }

    /// The name to keep: where it differs from the key, and always where the key is cut.
    @_lifetime(copy registered)
    private static func keptName(_ key: borrowing IndexKey, _ registered: RawSpan) -> RawSpan? {
        !key.isCut && registered.hasSameBytes(as: key.name) ? nil : registered
    }

    static func copy(_ key: borrowing IndexKey, into last: inout ScratchBytes) {
        last.removeAll()
        last.write(raw: key.bytes)
    }

    static func append(_ key: borrowing IndexKey, to changed: inout ScratchBytes) {
        changed.write(UInt16(truncatingIfNeeded: key.bytes.byteCount))
        changed.write(raw: key.bytes)
    }
}
