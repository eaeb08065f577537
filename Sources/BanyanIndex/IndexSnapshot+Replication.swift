import HandleProtocol
import LMDB
import OpenSSL

/// What mirrors are told: journal entries with what they left behind, and places to compare.
extension IndexSnapshot {
    /// Behind the entry of that sequence; nil where the journal does not have it.
    public func journalPlace(at sequence: UInt64) throws(IndexError) -> JournalPlace? {
        if let entry = try journalEntry(sequence) { return JournalPlace(JournalHead(entry)) }
        let base = try journalBase()
        return base.sequence == sequence ? base : nil
    }

    /// The first entry that the journal still has; nil when it is empty.
    public func oldestEntry() throws(IndexError) -> (sequence: UInt64, time: UInt64)? {
        var cursor = try cursor(in: index.tables.journal)
        do {
            guard let first = try cursor.first() else { return nil }
            let entry = try Self.entry(first)
            return (entry.sequence, entry.time)
        } catch {
            throw IndexError(error)
        }
    }

    /// What an entry's subject was behind it: the record; the prefix's state, case rule and rules for names; the
    /// setting. Nil where that cannot be found any more, or is nobody else's business (the site).
    ///
    /// What is stored now is what the subject's newest entry left; what an older one left is the record before of the
    /// next. Costs one look-up for each later change.
    public func subject(after entry: borrowing JournalEntry, key: inout IndexKey) throws(IndexError) -> [UInt8]? {
        guard let (newest, bytes) = try subject(named: entry.handle, entry.operation, key: &key) else { return nil }
        if entry.operation == .setDocument {
            // The journal keeps no secrets: only the newest entry can tell what it left.
            guard newest == UInt64.max else { return newest == entry.sequence ? bytes : nil }
            let name = MetaTable.documentName(entry.handle)
            let removal = ContentDigest(DigestContext().digest(name.rawSpan, RawSpan(), algorithm: .sha256))
            return entry.digest == removal ? [] : nil
        }
        guard newest != entry.sequence, newest != UInt64.max else { return bytes }
        var sequence = newest
        while sequence > entry.sequence {
            guard let later = try journalEntry(sequence) else { return nil }
            if later.previousSequence == entry.sequence { return later.recordBefore.array }
            sequence = later.previousSequence
        }
        return nil
    }

    /// What is stored now of a journal entry's subject, and the sequence of its newest entry.
    private func subject(
        named handle: RawSpan, _ operation: JournalOperation, key: inout IndexKey
    ) throws(IndexError) -> (sequence: UInt64, bytes: [UInt8])? {
        if operation.isOfRecord {
            guard key.setFolded(handle), let record = try record(for: key) else { return nil }
            return (record.sequence, record.bytes.array)
        }
        if operation.isOfPrefix {
            guard let row = try prefixRow(handle.extracting(min(5, handle.byteCount)..<handle.byteCount)) else {
                return nil
            }
            return (row.sequence, [row.entry.state.rawValue, row.entry.caseRule.rawValue] + row.rules)
        }
        guard operation == .setSetting || operation == .setDocument else { return nil }
        let isSetting = operation == .setSetting
        let name =
            isSetting ? Array(MetaTable.settingPrefix.utf8) + handle.array : MetaTable.documentName(handle)
        do {
            // What was removed is as what is empty.
            guard let bytes = try transaction.value(for: name.rawSpan, in: index.tables.meta) else {
                return (UInt64.max, [])
            }
            guard let value = MetaTable.value(key: name.rawSpan, bytes: bytes) else { throw IndexError.damagedMeta }
            return (MetaTable.sequence(of: bytes), value.array)
        } catch {
            throw IndexError(error)
        }
    }

    /// Documents of all kinds as they are stored, in the order of their keys behind one (empty: from the first), at
    /// most `countMax`.
    public func storedDocuments(
        after key: [UInt8], countMax: Int
    ) throws(IndexError) -> [(key: [UInt8], value: [UInt8], sequence: UInt64)] {
        var documents: [(key: [UInt8], value: [UInt8], sequence: UInt64)] = []
        let start = MetaTable.documentName(RawSpan())
        var cursor = try cursor(in: index.tables.meta)
        do {
            let from = start + key + (key.isEmpty ? [] : [0])
            var next = try cursor.seek(from.rawSpan)
            while let entry = next, documents.count < countMax, entry.key.begins(with: start) {
                guard let value = MetaTable.value(key: entry.key, bytes: entry.value) else {
                    throw IndexError.damagedMeta
                }
                documents.append(
                    (
                        entry.key.extracting(start.count..<entry.key.byteCount).array, value.array,
                        MetaTable.sequence(of: entry.value)
                    ))
                next = try cursor.next()
            }
        } catch {
            throw IndexError(error)
        }
        return documents
    }

    /// The settings of the node, by name.
    public func settings() throws(IndexError) -> [(name: [UInt8], value: [UInt8])] {
        var settings: [(name: [UInt8], value: [UInt8])] = []
        let start = Array(MetaTable.settingPrefix.utf8)
        var cursor = try cursor(in: index.tables.meta)
        do {
            var next = try cursor.seek(start.rawSpan)
            while let entry = next, entry.key.begins(with: start) {
                guard let value = MetaTable.value(key: entry.key, bytes: entry.value) else {
                    throw IndexError.damagedMeta
                }
                settings.append((entry.key.extracting(start.count..<entry.key.byteCount).array, value.array))
                next = try cursor.next()
            }
        } catch {
            throw IndexError(error)
        }
        return settings
    }
}
