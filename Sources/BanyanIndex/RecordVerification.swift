import HandleProtocol
import LMDB
import OpenSSL

/// The part of a verification that concerns records and prefixes.
struct RecordVerification: ~Copyable {
    private let digests = DigestContext()
    private var key = IndexKey()
    private var lastKey = ScratchBytes(capacity: 512)

    /// The prefix whose records are being walked: they are one range of keys.
    private var prefix: [UInt8] = []
    private var found = PrefixRow(entry: PrefixEntry(caseRule: .insensitive, state: .unhomed))
    /// Stored rows of prefixes whose records have not been met yet.
    private var rows: [[UInt8]: PrefixRow] = [:]

    mutating func walk(_ snapshot: borrowing IndexSnapshot, _ report: inout VerificationReport) throws(IndexError) {
        try loadRows(snapshot, &report)
        var cursor = try snapshot.cursor(in: snapshot.index.tables.handles)
        while let entry = try Self.next(&cursor) {
            report.recordCount += 1
            if !Self.isBehind(entry.key, lastKey) { report.add(.wrongKey(entry.key.array)) }
            Self.copy(entry.key, into: &lastKey)
            guard let record = RecordView(key: entry.key, bytes: entry.value) else {
                report.add(.damagedRecord(key: entry.key.array))
                continue
            }
            try check(entry.key, record, snapshot, &report)
        }
        closePrefix(&report)
        for (name, row) in rows where row.recordCount > 0 { report.add(.wrongPrefixDigest(name)) }
    }

    private mutating func loadRows(
        _ snapshot: borrowing IndexSnapshot, _ report: inout VerificationReport
    ) throws(IndexError) {
        var cursor = try snapshot.cursor(in: snapshot.index.tables.prefixes)
        while let entry = try Self.next(&cursor) {
            report.prefixCount += 1
            guard let row = PrefixRow(key: entry.key, bytes: entry.value) else {
                report.add(.damagedPrefix(entry.key.array))
                continue
            }
            rows[entry.key.array] = row
        }
    }

    private mutating func check(
        _ bytes: RawSpan, _ record: RecordView, _ snapshot: borrowing IndexSnapshot, _ report: inout VerificationReport
    ) throws(IndexError) {
        let end = bytes.offset(of: UInt8(ascii: "/")) ?? bytes.byteCount
        if !prefix.rawSpan.hasSameBytes(as: bytes.extracting(0..<end)) || found.recordCount == 0 {
            closePrefix(&report)
            prefix = bytes.extracting(0..<end).array
        }
        let rule = rows[prefix]?.entry.caseRule ?? .insensitive
        let entry = RecordEntry(key: bytes, record: record)
        if !key.set(entry.name, caseRule: rule) || !Self.isSame(key, bytes) { report.add(.wrongKey(bytes.array)) }
        if !Self.areSound(record) { report.add(.malformedValues(key: bytes.array)) }
        let digest = ContentDigest(digests.digest(bytes, record.bytes, algorithm: .sha256))
        found.digest += digest
        found.recordCount += 1
        found.counts.add(record.flags)
        if try !Self.isInJournal(record, digest, snapshot) { report.add(.recordNotInJournal(key: bytes.array)) }
    }

    private mutating func closePrefix(_ report: inout VerificationReport) {
        guard found.recordCount > 0 else { return }
        let row = rows.removeValue(forKey: prefix)
        if row?.digest != found.digest || row?.recordCount != found.recordCount
            || row?.counts != found.counts
        {
            report.add(.wrongPrefixDigest(prefix))
        }
        found = PrefixRow(entry: PrefixEntry(caseRule: .insensitive, state: .unhomed))
    }

    /// Whole values, as many as the head says, and public if it says so; the own values of what is out of use as well.
    private static func areSound(_ record: RecordView) -> Bool {
        guard let answered = count(record.values) else { return false }
        if record.flags.contains(.deleted) { return answered.values == 0 && record.valueCount == 0 }
        guard count(record.ownValues)?.values == record.ownValueCount else { return false }
        return answered.values == record.valueCount && answered.allPublic == record.flags.contains(.allValuesPublic)
    }

    /// How many values there are, and whether all are public; nil when they are no whole values.
    private static func count(_ values: RawSpan) -> (values: Int, allPublic: Bool)? {
        var list = ValueListView(values)
        var count = 0
        var allPublic = true
        do throws(WireError) {
            while let value = try list.next() {
                count += 1
                allPublic = allPublic && value.permissions.contains(.publicRead)
            }
        } catch {
            return nil
        }
        return (count, allPublic)
    }

    /// Whether the entry of the record's last change left this record; true where the journal begins later.
    private static func isInJournal(
        _ record: RecordView, _ digest: ContentDigest, _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> Bool {
        if let journaled = try snapshot.journaledDigest(of: record.sequence) { return journaled == digest }
        return record.sequence <= (try snapshot.journalBase()).sequence
    }

    @_lifetime(copy cursor)
    private static func next(_ cursor: inout Cursor) throws(IndexError) -> Entry? {
        do throws(LMDBError) { return try cursor.next() } catch { throw .store(error) }
    }

    private static func isBehind(_ key: RawSpan, _ last: borrowing ScratchBytes) -> Bool {
        last.byteCount == 0 || last.bytes.precedes(key)
    }

    private static func copy(_ key: RawSpan, into last: inout ScratchBytes) {
        last.removeAll()
        last.write(raw: key)
    }

    private static func isSame(_ key: borrowing IndexKey, _ bytes: RawSpan) -> Bool {
        key.bytes.hasSameBytes(as: bytes)
    }
}

extension IndexSnapshot {
    /// The digest that the entry of that sequence left; zero for a damaged entry, nil where there is none.
    func journaledDigest(of sequence: UInt64) throws(IndexError) -> ContentDigest? {
        do throws(IndexError) {
            return try journalEntry(sequence)?.digest
        } catch .damagedJournal {
            return .zero
        } catch {
            throw error
        }
    }
}
