import HandleProtocol
import LMDB
import OpenSSL

/// The prefix that the last record belonged to, kept while records of the same prefix follow.
struct OpenPrefix: ~Copyable {
    private var name = ScratchBytes(capacity: 256)
    var row = PrefixRow(entry: PrefixEntry(caseRule: .insensitive, state: .unhomed))
    private(set) var isOpen = false
    /// Whether the table had a row.
    private(set) var isStored = false
    private(set) var isChanged = false

    mutating func close() {
        isOpen = false
        isChanged = false
    }

    func isOpen(_ other: RawSpan) -> Bool { isOpen && name.bytes.hasSameBytes(as: other) }

    /// Reads the row of `other`, which may not be there.
    mutating func open(
        _ other: RawSpan, _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws {
        close()
        name.removeAll()
        name.write(raw: other)
        row = PrefixRow(entry: PrefixEntry(caseRule: .insensitive, state: .unhomed))
        isStored = false
        if let bytes = try transaction.value(for: other, in: tables.prefixes) {
            guard let stored = PrefixRow(key: other, bytes: bytes) else { throw IndexError.damagedPrefix }
            row = stored
            isStored = true
        }
        isOpen = true
    }

    mutating func change(_ body: (inout PrefixRow) -> Void) {
        body(&row)
        isChanged = true
    }

    /// Takes a record's change into counts and digest.
    mutating func count(
        _ before: borrowing ScratchBytes, _ after: borrowing ScratchBytes, _ key: borrowing IndexKey,
        _ digest: ContentDigest, _ digests: DigestContext
    ) {
        if before.byteCount > 0 {
            row.digest -= ContentDigest(digests.digest(key.bytes, before.bytes, algorithm: .sha256))
            row.counts.remove(RecordFlags(rawValue: before.bytes.byte(at: 1)))
        } else {
            row.recordCount &+= 1
        }
        row.digest += digest
        row.counts.add(RecordFlags(rawValue: after.bytes.byte(at: 1)))
        isChanged = true
    }

    /// Takes a record that is removed without a trace out of counts and digest.
    mutating func uncount(
        _ before: borrowing ScratchBytes, _ key: borrowing IndexKey, _ digests: DigestContext
    ) {
        row.digest -= ContentDigest(digests.digest(key.bytes, before.bytes, algorithm: .sha256))
        row.counts.remove(RecordFlags(rawValue: before.bytes.byte(at: 1)))
        row.recordCount &-= 1
        isChanged = true
    }

    /// Stores the row where it has changed.
    func store(
        _ transaction: inout WriteTransaction, _ tables: Tables, _ scratch: inout ScratchBytes
    ) throws(LMDBError) {
        guard isChanged else { return }
        row.write(key: name.bytes, into: &scratch)
        try transaction.put(scratch.bytes, for: name.bytes, in: tables.prefixes)
    }
}

extension IndexWriter {
    /// The row of a prefix, named folded and without `0.NA/`, as this transaction sees it; nil where it has none.
    public mutating func prefixRow(_ name: RawSpan) throws(IndexError) -> PrefixRow? {
        guard name.byteCount > 0, name.byteCount <= Limits.prefixByteCount else { return nil }
        if !prefix.isOpen(name) {
            do {
                try closePrefix()
                try prefix.open(name, transaction, index.tables)
            } catch {
                throw IndexError(error)
            }
        }
        return prefix.isStored || prefix.isChanged ? prefix.row : nil
    }

    /// The row of the prefix of `key`.
    public mutating func prefixRow(of key: borrowing IndexKey) throws(IndexError) -> PrefixRow? {
        try prefixRow(key.prefix)
    }

    /// Sets state and case rule of a prefix, and the rules for names under it, with its journal entry.
    public mutating func setPrefix(
        _ name: RawSpan, to entry: PrefixEntry, rules: [UInt8], _ operation: JournalOperation,
        by origin: borrowing Origin
    ) throws(IndexError) {
        let old = try prefixRow(name)
        let tables = index.tables
        let sequence = journal.sequence + 1
        before.removeAll()
        if let old { Self.write(old.entry, old.rules, into: &before) }
        record.removeAll()
        Self.write(entry, rules, into: &record)
        let digest = ContentDigest(digests.digest(name, record.bytes, algorithm: .sha256))
        record.removeAll()
        record.write(0x302E_4E41 as UInt32)  // 0.NA
        record.write(UInt8(ascii: "/"))
        record.write(raw: name)
        Self.write(
            operation, record, before, previousSequence: old?.sequence ?? 0, digest, by: origin, to: &journal,
            into: &self.entry, index.chainAlgorithm, digests)
        prefix.change {
            $0.entry = entry
            $0.rules = rules
            $0.sequence = sequence
        }
        generationChanged = true
        countDirty(self.entry.byteCount, appended: true)
        do throws(LMDBError) {
            try transaction.append(self.entry, sequence: sequence, &row, in: tables)
        } catch {
            throw .store(error)
        }
    }

    /// Opens the prefix that counts the record of `key`.
    mutating func openPrefix(of key: borrowing IndexKey) throws(IndexError) {
        guard !prefix.isOpen(key.prefix) else { return }
        do {
            try closePrefix()
            try prefix.open(key.prefix, transaction, index.tables)
        } catch {
            throw IndexError(error)
        }
    }

    mutating func closePrefix() throws(LMDBError) {
        guard prefix.isOpen else { return }
        try prefix.store(&transaction, index.tables, &row)
        if prefix.isChanged { countDirty(row.byteCount, appended: false) }
        prefix.close()
    }

    /// What the journal keeps of a prefix: state, case rule, and the rules for names.
    static func write(_ entry: PrefixEntry, _ rules: [UInt8], into scratch: inout ScratchBytes) {
        scratch.write(entry.state.rawValue)
        scratch.write(entry.caseRule.rawValue)
        scratch.write(raw: rules.rawSpan)
    }

    /// As for a record, with a name that is no key.
    static func write(
        _ operation: JournalOperation, _ name: borrowing ScratchBytes, _ before: borrowing ScratchBytes,
        previousSequence: UInt64, _ digest: ContentDigest, by origin: borrowing Origin,
        to journal: inout JournalHead, into entry: inout ScratchBytes, _ algorithm: ChainAlgorithm,
        _ digests: DigestContext
    ) {
        journal.write(
            operation, handle: name.bytes, before: before.bytes, previousSequence: previousSequence, digest: digest,
            by: origin, into: &entry, algorithm, digests)
    }
}
