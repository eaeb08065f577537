import HandleProtocol
import LMDB
import OpenSSL

/// Walks an index and proves what it says of itself, in one state of it. Pages that are freed meanwhile cannot be used
/// again: for a quiet hour, or a copy.
///
///  1. Journal: sequences without a gap, each chain value made of the one before and the entry.
///  2. With records: keys rise and belong to their names; checksums; values are whole and as many as the head says;
///     the journal's entry of a record's last change stands for the record.
///  3. Per prefix: counts and digest are those of its records.
///
/// Pages that contradict each other make LMDB end the process: run it in a process of its own.
public enum Verification {
    /// The journal alone.
    public static func verifyJournal(of index: HandleIndex) throws(IndexError) -> VerificationReport {
        var report = VerificationReport()
        try JournalVerification.walk(index.snapshot(), index.chainAlgorithm, &report)
        return report
    }

    /// Everything.
    public static func verify(_ index: HandleIndex) throws(IndexError) -> VerificationReport {
        var report = VerificationReport()
        let snapshot = try index.snapshot()
        try JournalVerification.walk(snapshot, index.chainAlgorithm, &report)
        var records = RecordVerification()
        try records.walk(snapshot, &report)
        return report
    }
}

/// The journal's part.
enum JournalVerification {
    static func walk(
        _ snapshot: borrowing IndexSnapshot, _ algorithm: ChainAlgorithm, _ report: inout VerificationReport
    ) throws(IndexError) {
        let digests = DigestContext()
        var scratch = ScratchBytes()
        let base = try snapshot.journalBase()
        var (sequence, chain) = (base.sequence, base.chain)
        var cursor = try snapshot.cursor(in: snapshot.index.tables.journal)
        while let found = try next(&cursor) {
            let number = IndexSnapshot.sequence(found)
            if number != sequence &+ 1 { report.add(.journalGap(number)) }
            sequence = number
            report.journalCount += 1
            guard let entry = JournalEntry(sequence: number, bytes: found.value) else {
                report.add(.damagedJournal(number))
                continue
            }
            if entry.expectedChain(after: chain, algorithm, digests, &scratch) != entry.chain {
                report.add(.brokenChain(number))
            }
            chain = entry.chain
            try checkRecordBefore(entry, snapshot, digests, &report)
        }
        report.journalHead = chain
    }

    @_lifetime(copy cursor)
    private static func next(_ cursor: inout Cursor) throws(IndexError) -> Entry? {
        do throws(LMDBError) { return try cursor.next() } catch { throw .store(error) }
    }

    /// The record before must be the one whose digest the handle's entry before left.
    private static func checkRecordBefore(
        _ entry: JournalEntry, _ snapshot: borrowing IndexSnapshot, _ digests: DigestContext,
        _ report: inout VerificationReport
    ) throws(IndexError) {
        guard entry.operation.isOfRecord, entry.recordBefore.byteCount > 0 else { return }
        var key = IndexKey()
        // The name is folded already by the rule of its prefix: nothing more is folded.
        guard key.setFolded(entry.handle) else { return report.add(.damagedJournal(entry.sequence)) }
        let digest = ContentDigest(digests.digest(key.bytes, entry.recordBefore, algorithm: .sha256))
        // Nil: cut off from the old end of the journal.
        guard let previous = try snapshot.journaledDigest(of: entry.previousSequence) else { return }
        if previous != digest { report.add(.wrongRecordBefore(entry.sequence)) }
    }
}
