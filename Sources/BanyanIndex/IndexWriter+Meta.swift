import HandleProtocol
import LMDB
import OpenSSL

extension IndexWriter {
    /// Sets the node's own site record, with its journal entry; false when both are so already.
    public mutating func setSite(
        _ site: RawSpan, serverPosition: UInt32, by origin: borrowing Origin
    ) throws(IndexError) -> Bool {
        record.removeAll()
        record.write(serverPosition)
        record.write(raw: site)
        guard try putMeta(MetaTable.site, journalName: RawSpan(), .setSite, by: origin) else { return false }
        generationChanged = true
        return true
    }

    /// Sets a setting, with its journal entry; an empty value removes it. False when it is so already.
    public mutating func setSetting(
        _ name: RawSpan, to value: RawSpan, by origin: borrowing Origin
    ) throws(IndexError) -> Bool {
        record.removeAll()
        record.write(raw: value)
        return try putMeta(Array(MetaTable.settingPrefix.utf8) + name.array, journalName: name, .setSetting, by: origin)
    }

    /// The sequence of a setting's last change, as this transaction sees it; 0 where it is not set.
    public mutating func settingSequence(_ name: RawSpan) throws(IndexError) -> UInt64 {
        before.removeAll()
        do {
            return try Self.loadMeta(
                transaction, index.tables, Array(MetaTable.settingPrefix.utf8) + name.array, into: &before)
        } catch {
            throw IndexError(error)
        }
    }

    /// Stores what is in `record` under `name`.
    private mutating func putMeta(
        _ name: [UInt8], journalName: RawSpan, _ operation: JournalOperation, by origin: borrowing Origin
    ) throws(IndexError) -> Bool {
        let tables = index.tables
        let sequence = journal.sequence + 1
        do {
            let previous = try Self.loadMeta(transaction, tables, name, into: &before)
            guard !Self.areSame(before, record) else { return false }
            let digest = Self.digest(name, record, digests)
            MetaTable.write(record, name: name, sequence: sequence, into: &row)
            if record.byteCount == 0 {
                try transaction.remove(name.rawSpan, in: tables.meta)
            } else {
                try transaction.put(row, for: name, in: tables.meta)
            }
            record.removeAll()
            record.write(raw: journalName)
            Self.write(
                operation, record, before, previousSequence: previous, digest, by: origin, to: &journal, into: &entry,
                index.chainAlgorithm, digests)
            try transaction.append(entry, sequence: sequence, &row, in: tables)
        } catch {
            throw IndexError(error)
        }
        countDirty(entry.byteCount, appended: true)
        return true
    }

    /// Stores how far a source has come; not journaled.
    public mutating func setCheckpoint(_ identity: RawSpan, position: UInt64) throws(IndexError) {
        record.removeAll()
        record.write(position)
        record.write(journal.time)
        let name = identity.array
        MetaTable.write(record, name: name, sequence: 0, into: &row)
        do throws(LMDBError) {
            try transaction.put(row, for: name, in: index.tables.checkpoints)
        } catch {
            throw .store(error)
        }
        countDirty(row.byteCount, appended: false)
    }

    /// The value of `name` into `before`; the sequence of its last change, 0 where it is not there.
    static func loadMeta(
        _ transaction: borrowing WriteTransaction, _ tables: Tables, _ name: [UInt8], into before: inout ScratchBytes
    ) throws -> UInt64 {
        before.removeAll()
        guard let bytes = try transaction.value(for: name.rawSpan, in: tables.meta) else { return 0 }
        guard let value = MetaTable.value(key: name.rawSpan, bytes: bytes) else { throw IndexError.damagedMeta }
        before.write(raw: value)
        return MetaTable.sequence(of: bytes)
    }

    private static func areSame(_ one: borrowing ScratchBytes, _ other: borrowing ScratchBytes) -> Bool {
        one.bytes.hasSameBytes(as: other.bytes)
    }

    static func digest(
        _ name: [UInt8], _ value: borrowing ScratchBytes, _ digests: DigestContext
    ) -> ContentDigest {
        ContentDigest(digests.digest(name.rawSpan, value.bytes, algorithm: .sha256))
    }
}
