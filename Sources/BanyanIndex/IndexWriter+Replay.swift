import HandleProtocol
import LMDB
import OpenSSL

/// Why a primary's journal cannot be followed.
public enum ReplayProblem: UInt8, Error, Sendable {
    /// The entry is not the next one.
    case gap = 1
    /// The entry does not belong behind ours: the primary's past is another one, or was changed.
    case brokenChain = 2
    /// The entry, or what it is said to have left, is malformed or not what its digest says.
    case malformed = 3
}

extension ReplayProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .gap: "the primary's journal does not go on where ours ends"
        case .brokenChain: "the primary's journal does not belong behind ours: its past is another one, or was changed"
        case .malformed: "an entry of the primary's journal does not say what its digest says"
        }
    }
}

extension IndexWriter {
    /// Makes this index a mirror's, or a primary's; not journaled.
    public mutating func setMirror(_ isMirror: Bool) throws(IndexError) {
        record.removeAll()
        if isMirror { record.write(1 as UInt8) }
        try putPlain(MetaTable.mirror)
        self.isMirror = isMirror
        generationChanged = true
    }

    /// Sets the site record without a journal entry: a mirror's own.
    public mutating func setSiteOfMirror(_ site: RawSpan, serverPosition: UInt32) throws(IndexError) {
        record.removeAll()
        record.write(serverPosition)
        record.write(raw: site)
        try putPlain(MetaTable.site)
        generationChanged = true
    }

    /// Appends the primary's next entry as it is there, and puts what it left behind; nil: a later entry tells.
    ///
    ///  1. The entry is the next one, and its chain is made of ours and of itself: so the journals are the same.
    ///  2. A record is one of the entry's handle, sequence and digest.
    ///  3. What is stored already by a later change stays: it came while everything was fetched.
    public mutating func replay(
        sequence: UInt64, entry bytes: RawSpan, after: RawSpan?
    ) throws {
        guard sequence == journal.sequence + 1 else { throw ReplayProblem.gap }
        guard let entry = JournalEntry(sequence: sequence, bytes: bytes) else { throw ReplayProblem.malformed }
        guard entry.expectedChain(after: journal.chain, index.chainAlgorithm, digests, &self.entry) == entry.chain
        else { throw ReplayProblem.brokenChain }
        if let after {
            if entry.operation.isOfRecord {
                try replayRecord(entry, after)
            } else if entry.operation.isOfPrefix {
                try replayPrefix(entry, after)
            } else if entry.operation == .setDocument {
                let name = MetaTable.documentName(entry.handle)
                guard ContentDigest(digests.digest(name.rawSpan, after, algorithm: .sha256)) == entry.digest else {
                    throw ReplayProblem.malformed
                }
                try putDocument(entry.handle, after, sequence: sequence)
            } else if entry.operation == .setSetting {
                record.removeAll()
                record.write(raw: after)
                try putPlain(Array(MetaTable.settingPrefix.utf8) + entry.handle.array, sequence: sequence)
            }
        }
        self.entry.removeAll()
        self.entry.write(raw: bytes)
        journal = JournalHead(entry)
        do throws(LMDBError) {
            try transaction.append(self.entry, sequence: sequence, &row, in: index.tables)
        } catch {
            throw IndexError.store(error)
        }
        countDirty(bytes.byteCount, appended: true)
    }

    private mutating func replayRecord(_ entry: borrowing JournalEntry, _ after: RawSpan) throws {
        var key = IndexKey()
        guard key.setFolded(entry.handle) else { throw ReplayProblem.malformed }
        guard let view = RecordView(key: key.bytes, bytes: after), view.sequence == entry.sequence,
            ContentDigest(digests.digest(key.bytes, after, algorithm: .sha256)) == entry.digest
        else { throw ReplayProblem.malformed }
        try putCopy(of: after, under: key, digest: entry.digest)
    }

    private mutating func replayPrefix(_ entry: borrowing JournalEntry, _ after: RawSpan) throws {
        guard after.byteCount >= 2, let state = PrefixEntry.State(rawValue: after.byte(at: 0)),
            let rule = CaseRule(rawValue: after.byte(at: 1)), entry.handle.byteCount > 5
        else { throw ReplayProblem.malformed }
        let name = entry.handle.extracting(5..<entry.handle.byteCount)
        let rules = after.extracting(2..<after.byteCount).array
        try putPrefix(name, PrefixEntry(caseRule: rule, state: state), rules: rules, sequence: entry.sequence)
    }

    /// Puts a record as it is stored elsewhere, unless a later one is there.
    mutating func putCopy(
        of bytes: RawSpan, under key: borrowing IndexKey, digest: ContentDigest, overLater: Bool = false
    ) throws(IndexError) {
        try select(key)
        let sequence = bytes.bigEndianUInt64(at: 8)
        guard overLater || before.byteCount == 0 || before.bytes.bigEndianUInt64(at: 8) < sequence else { return }
        record.removeAll()
        record.write(raw: bytes)
        try openPrefix(of: key)
        prefix.count(before, record, key, digest, digests)
        do throws(LMDBError) {
            try transaction.put(record, for: key, in: index.tables.handles, appended: isBehindLast)
        } catch {
            throw .store(error)
        }
        countDirty(record.byteCount, appended: isBehindLast)
        if isBehindLast { Self.copy(key, into: &lastKey) }
        if keepsChangedKeys { Self.append(key, to: &changed) }
    }

    /// Puts a prefix's state as it is elsewhere, unless a later one is there.
    mutating func putPrefix(
        _ name: RawSpan, _ entry: PrefixEntry, rules: [UInt8], sequence: UInt64, overLater: Bool = false
    ) throws(IndexError) {
        let row = try prefixRow(name)
        guard overLater || row == nil || row?.sequence ?? 0 <= sequence else { return }
        prefix.change {
            $0.entry = entry
            $0.rules = rules
            $0.sequence = sequence
        }
        generationChanged = true
    }

    /// Stores what is in `record` under `name`, with no journal entry of its own; removes the name where it is empty.
    mutating func putPlain(_ name: [UInt8], sequence: UInt64 = 0) throws(IndexError) {
        MetaTable.write(record, name: name, sequence: sequence, into: &row)
        do throws(LMDBError) {
            if record.byteCount == 0 {
                try transaction.remove(name.rawSpan, in: index.tables.meta)
            } else {
                try transaction.put(row, for: name, in: index.tables.meta)
            }
        } catch {
            throw .store(error)
        }
        countDirty(row.byteCount, appended: false)
    }
}
