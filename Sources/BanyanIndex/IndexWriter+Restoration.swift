import HandleProtocol
import LMDB
import OpenSSL

extension IndexWriter {
    /// Does once more what a journal entry says, byte for byte: the index is then what it was behind that entry.
    /// `after` is what the entry left: a record, a prefix's state, a meta value; empty where it removed one.
    ///
    ///  1. The entry is the next one: its chain value is made of the last one and of its bytes.
    ///  2. What it found is what is here.
    ///  3. What it left has the digest that it says.
    ///
    /// - Throws: `.damagedJournal` when one of these is not so; abort then.
    public mutating func restore(_ bytes: RawSpan, after: RawSpan) throws(IndexError) {
        let sequence = journal.sequence &+ 1
        guard let entry = JournalEntry(sequence: sequence, bytes: bytes),
            entry.expectedChain(after: journal.chain, index.chainAlgorithm, digests, &row) == entry.chain
        else { throw .damagedJournal(sequence) }
        switch entry.operation {
        case let operation where operation.isOfRecord: try restoreRecord(entry, after)
        case .setSite, .setSetting, .setDocument: try restoreMeta(entry, after)
        default: try restorePrefix(entry, after)
        }
        let tables = index.tables
        self.entry.removeAll()
        self.entry.write(raw: bytes)
        do throws(LMDBError) { try transaction.append(self.entry, sequence: sequence, &row, in: tables) } catch {
            throw .store(error)
        }
        journal = JournalHead(entry)
        countDirty(bytes.byteCount, appended: true)
    }

    private mutating func restoreRecord(_ entry: borrowing JournalEntry, _ after: RawSpan) throws(IndexError) {
        var key = IndexKey()
        guard key.setFolded(entry.handle) else { throw .damagedJournal(entry.sequence) }
        try select(key)
        let digest = ContentDigest(digests.digest(key.bytes, after, algorithm: .sha256))
        guard before.bytes.hasSameBytes(as: entry.recordBefore), digest == entry.digest,
            let view = RecordView(key: key.bytes, bytes: after), view.sequence == entry.sequence
        else { throw .damagedJournal(entry.sequence) }
        try openPrefix(of: key)
        record.removeAll()
        record.write(raw: after)
        prefix.count(before, record, key, digest, digests)
        let tables = index.tables
        do throws(LMDBError) {
            try transaction.put(record, for: key, in: tables.handles, appended: isBehindLast)
        } catch {
            throw .store(error)
        }
        countDirty(record.byteCount, appended: isBehindLast)
        if isBehindLast {
            lastKey.removeAll()
            lastKey.write(raw: key.bytes)
        }
    }

    /// Of a prefix the entry's handle is `0.NA/` and its name; of its state are kept state, case rule and name rules.
    private mutating func restorePrefix(_ entry: borrowing JournalEntry, _ after: RawSpan) throws(IndexError) {
        guard entry.handle.byteCount > 5, after.byteCount >= 2,
            let state = PrefixEntry.State(rawValue: after.byte(at: 0)),
            let caseRule = CaseRule(rawValue: after.byte(at: 1))
        else { throw .damagedJournal(entry.sequence) }
        let name = entry.handle.extracting(droppingFirst: 5)
        let old = try prefixRow(name)
        before.removeAll()
        if let old { Self.write(old.entry, old.rules, into: &before) }
        guard before.bytes.hasSameBytes(as: entry.recordBefore),
            ContentDigest(digests.digest(name, after, algorithm: .sha256)) == entry.digest
        else { throw .damagedJournal(entry.sequence) }
        let sequence = entry.sequence
        let rules = after.extracting(droppingFirst: 2).array
        prefix.change {
            $0.entry = PrefixEntry(caseRule: caseRule, state: state)
            $0.rules = rules
            $0.sequence = sequence
        }
        generationChanged = true
    }

    private mutating func restoreMeta(_ entry: borrowing JournalEntry, _ after: RawSpan) throws(IndexError) {
        let name = Self.metaName(of: entry)
        record.removeAll()
        record.write(raw: after)
        let tables = index.tables
        do {
            _ = try Self.loadMeta(transaction, tables, name, into: &before)
            // The journal keeps no secret of a document, so one that was changed again comes without.
            let isDocument = entry.operation == .setDocument
            if isDocument { Self.keepBody(&before) }
            guard before.bytes.hasSameBytes(as: entry.recordBefore),
                Self.digest(name, record, digests) == entry.digest || isDocument && Self.hasNoSecret(after)
            else { throw IndexError.damagedJournal(entry.sequence) }
            MetaTable.write(record, name: name, sequence: entry.sequence, into: &row)
            if after.byteCount == 0 {
                try transaction.remove(name.rawSpan, in: tables.meta)
            } else {
                try transaction.put(row, for: name, in: tables.meta)
            }
        } catch {
            throw IndexError(error)
        }
        if entry.operation == .setSite { generationChanged = true }
    }

    static func metaName(of entry: borrowing JournalEntry) -> [UInt8] {
        switch entry.operation {
        case .setSite: MetaTable.site
        case .setDocument: MetaTable.documentName(entry.handle)
        default: Array(MetaTable.settingPrefix.utf8) + entry.handle.array
        }
    }

    static func hasNoSecret(_ document: RawSpan) -> Bool {
        document.byteCount >= 4 && document.byteCount == 4 + Int(document.bigEndianUInt32(at: 0))
    }
}

extension IndexSnapshot {
    /// What the entry of that sequence left: the record, the prefix's state or the meta value behind it; empty where it
    /// removed one. It is what the next entry of the same thing found, or what is there now.
    ///
    /// - Throws: `.damagedJournal` when neither has the digest that the entry says; a document's secret is in the
    ///   journal never, so one that was changed again may come without.
    public func stateAfter(_ entry: borrowing JournalEntry) throws(IndexError) -> [UInt8] {
        let found = try current(entry)
        let state: [UInt8]
        if let found, found.sequence == entry.sequence {
            state = found.state
        } else {
            state = try foundByNext(entry, newest: found?.sequence) ?? found?.state ?? []
        }
        let isProven = Self.digest(of: try Self.name(of: entry), state) == entry.digest
        guard isProven || entry.operation == .setDocument && IndexWriter.hasNoSecret(state.rawSpan) else {
            throw .damagedJournal(entry.sequence)
        }
        return state
    }

    /// The key in its table of what the entry is about.
    private static func name(of entry: borrowing JournalEntry) throws(IndexError) -> [UInt8] {
        switch entry.operation {
        case let operation where operation.isOfRecord:
            var key = IndexKey()
            guard key.setFolded(entry.handle) else { throw .damagedJournal(entry.sequence) }
            return key.bytes.array
        case .setSite, .setSetting, .setDocument: return IndexWriter.metaName(of: entry)
        default: return Array(entry.handle.array.dropFirst(5))
        }
    }

    private static func digest(of name: [UInt8], _ state: [UInt8]) -> ContentDigest {
        ContentDigest(DigestContext().digest(name.rawSpan, state.rawSpan, algorithm: .sha256))
    }

    /// What the entry is about, as it is now, with the sequence of its last change.
    private func current(_ entry: borrowing JournalEntry) throws(IndexError) -> (state: [UInt8], sequence: UInt64)? {
        let tables = index.tables
        do {
            switch entry.operation {
            case let operation where operation.isOfRecord:
                var key = IndexKey()
                guard key.setFolded(entry.handle),
                    let bytes = try transaction.value(for: key.bytes, in: tables.handles)
                else { return nil }
                return (bytes.array, bytes.bigEndianUInt64(at: 8))
            case .setSite, .setSetting, .setDocument:
                let name = IndexWriter.metaName(of: entry)
                guard let bytes = try transaction.value(for: name.rawSpan, in: tables.meta),
                    let value = MetaTable.value(key: name.rawSpan, bytes: bytes)
                else { return nil }
                return (value.array, MetaTable.sequence(of: bytes))
            default:
                let name = entry.handle.extracting(droppingFirst: min(5, entry.handle.byteCount))
                guard let bytes = try transaction.value(for: name, in: tables.prefixes),
                    let row = PrefixRow(key: name, bytes: bytes)
                else { return nil }
                return ([row.entry.state.rawValue, row.entry.caseRule.rawValue] + row.rules, row.sequence)
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// What the next entry of the same thing found. An archive is mostly right behind the journal's end, so that entry
    /// is near; where an old journal is read, the way back from the newest one is shorter than that through all others.
    private func foundByNext(_ entry: borrowing JournalEntry, newest: UInt64?) throws(IndexError) -> [UInt8]? {
        var walk = try journal(from: entry.sequence &+ 1)
        let near = entry.sequence &+ Self.nearEntryCount
        var isFar = false
        while let next = try walk.next() {
            if Self.isSame(next, entry) { return next.recordBefore.array }
            guard next.sequence >= near, !isFar else { continue }
            isFar = true
            if let newest, let found = try foundBackwards(entry, from: newest) { return found }
        }
        return nil
    }

    private static let nearEntryCount: UInt64 = 1_000

    /// From the newest change along those before it; nil when they do not lead there.
    private func foundBackwards(_ entry: borrowing JournalEntry, from newest: UInt64) throws(IndexError) -> [UInt8]? {
        var sequence = newest
        while sequence > entry.sequence, let next = try journalEntry(sequence), Self.isSame(next, entry),
            next.previousSequence < sequence
        {
            if next.previousSequence == entry.sequence { return next.recordBefore.array }
            sequence = next.previousSequence
        }
        return nil
    }

    private static func isSame(_ one: borrowing JournalEntry, _ other: borrowing JournalEntry) -> Bool {
        one.handle.hasSameBytes(as: other.handle) && kind(one) == kind(other)
    }

    /// Records, prefixes, and each kind of meta entry: their names may be the same.
    private static func kind(_ entry: borrowing JournalEntry) -> UInt8 {
        switch entry.operation {
        case let operation where operation.isOfRecord: 0
        case .setSite: 2
        case .setSetting: 3
        case .setDocument: 4
        default: 1
        }
    }
}
