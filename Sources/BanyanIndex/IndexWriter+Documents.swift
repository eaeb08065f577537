import HandleProtocol
import LMDB
import OpenSSL

extension IndexWriter {
    /// Stores a document, with its journal entry; false when it is so already. `value` is as `Document` says; an empty
    /// one removes the document.
    public mutating func setDocument(
        _ key: RawSpan, to value: RawSpan, by origin: borrowing Origin
    ) throws(IndexError) -> Bool {
        let tables = index.tables
        let sequence = journal.sequence + 1
        let name = MetaTable.documentName(key)
        do {
            let previous = try Self.loadDocument(transaction, tables, name, into: &before)
            guard !before.bytes.hasSameBytes(as: value) else { return false }
            record.removeAll()
            record.write(raw: value)
            let digest = ContentDigest(digests.digest(name.rawSpan, record.bytes, algorithm: .sha256))
            if value.byteCount == 0 {
                try transaction.remove(name.rawSpan, in: tables.meta)
            } else {
                MetaTable.write(record, name: name, sequence: sequence, into: &row)
                try transaction.put(row, for: name, in: tables.meta)
            }
            record.removeAll()
            record.write(raw: key)
            Self.keepBody(&before)
            Self.write(
                .setDocument, record, before, previousSequence: previous, digest, by: origin, to: &journal,
                into: &entry, index.chainAlgorithm, digests)
            try transaction.append(entry, sequence: sequence, &row, in: tables)
        } catch {
            throw IndexError(error)
        }
        countDirty(value.byteCount, appended: false)
        countDirty(entry.byteCount, appended: true)
        return true
    }

    /// The sequence of a document's last change, as this transaction sees it; 0 where there is none.
    public mutating func documentSequence(_ key: RawSpan) throws(IndexError) -> UInt64 {
        do {
            return try Self.loadDocument(transaction, index.tables, MetaTable.documentName(key), into: &before)
        } catch {
            throw IndexError(error)
        }
    }

    private static func loadDocument(
        _ transaction: borrowing WriteTransaction, _ tables: Tables, _ name: [UInt8], into before: inout ScratchBytes
    ) throws -> UInt64 {
        before.removeAll()
        guard let bytes = try transaction.value(for: name.rawSpan, in: tables.meta) else { return 0 }
        guard let value = MetaTable.value(key: name.rawSpan, bytes: bytes), value.byteCount >= 4 else {
            throw IndexError.damagedMeta
        }
        before.write(raw: value)
        return MetaTable.sequence(of: bytes)
    }

    /// Takes the secret off what the journal keeps.
    static func keepBody(_ value: inout ScratchBytes) {
        guard value.byteCount >= 4 else { return }
        value.truncate(to: min(value.byteCount, 4 + Int(value.bytes.bigEndianUInt32(at: 0))))
    }
}
