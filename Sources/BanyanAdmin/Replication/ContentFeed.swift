import BanyanIndex
import HandleCrypto
import HandleProtocol

/// Everything that the node has, as it is stored (`NodeStream`): where the journal stood, the records in the order of
/// their keys page by page, prefixes, settings, and, inside TLS, documents. Or, for comparison, the records' digests;
/// or the prefixes alone.
struct ContentFeed: ReplicationFeed {
    private let table: UInt32
    private var range: RecordRange
    private var writer: StreamWriter
    private var hasBegun = false
    /// The last document that was sent; nil: records are being sent.
    private var lastDocument: [UInt8]?

    init(_ resume: DumpRequest.ResumePoint, writer: StreamWriter) {
        table = resume.table
        range = RecordRange.all.includingDeleted().continuing(after: resume.handle)
        self.writer = writer
    }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var rest = self
        if !hasBegun {
            rest.writer.write {
                $0.write(NodeStream.contentFormat)
                NodeRecord.chainAlgorithm(snapshot.chainAlgorithm.rawValue).write(to: &$0)
            }
            let head = try snapshot.journalHead()
            let position = JournalPosition(
                sequence: head.sequence, chain: head.chain.bytes, term: try snapshot.term())
            // Here the time is the place's, which the copied journal goes on from.
            rest.writer.write { NodeRecord.mark(position, date: head.time).write(to: &$0) }
            try rest.writer.sign()
            rest.hasBegun = true
        }
        if lastDocument != nil { return try rest.finished(in: snapshot) }
        if table != NodeStream.prefixesTable, try !rest.writePage(in: snapshot) { return (rest.writer.take(), rest) }
        for prefix in try snapshot.prefixes(includingUnhomed: true) {
            rest.writer.write { NodeRecord.prefix(NodeRecord.PrefixState(prefix)).write(to: &$0) }
        }
        if table == NodeStream.recordsTable {
            for (name, value) in try snapshot.settings() {
                rest.writer.write { NodeRecord.setting(name: name, value: value).write(to: &$0) }
            }
        }
        return try rest.finished(in: snapshot)
    }

    /// Documents as far as a piece goes, and behind the last of them the end.
    private mutating func finished(
        in snapshot: borrowing IndexSnapshot
    ) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        if table == NodeStream.recordsTable, !writer.isSigned {
            var budget = PieceBudget()
            let documents = try snapshot.storedDocuments(
                after: lastDocument ?? [], countMax: PieceBudget.stepCountMax)
            for (key, value, sequence) in documents {
                budget.step()
                writer.write { NodeRecord.document(key: key, value: value, sequence: sequence).write(to: &$0) }
                lastDocument = key
                if budget.isSpent(writer) { return (writer.take(), self) }
            }
        }
        writer.write { NodeRecord.end.write(to: &$0) }
        try writer.sign()
        return (writer.take(), nil)
    }

    /// Writes records as far as a piece goes; true when they were all.
    private mutating func writePage(in snapshot: borrowing IndexSnapshot) throws -> Bool {
        var budget = PieceBudget()
        var walk = try snapshot.records(in: range)
        while let entry = try walk.next() {
            budget.step()
            let record: NodeRecord =
                table == NodeStream.digestsTable
                ? .digest(key: entry.key.array, digest: entry.digest().bytes)
                : .record(key: entry.key.array, bytes: entry.record.bytes.array)
            writer.write { record.write(to: &$0) }
            guard budget.isSpent(writer) else { continue }
            let last = entry.key.array
            writer.write { NodeRecord.page(lastKey: last).write(to: &$0) }
            try writer.sign()
            range = range.continuing(after: last)
            return false
        }
        return true
    }
}

extension NodeRecord.PrefixState {
    init(_ listing: PrefixListing) {
        self.init(
            name: listing.name, state: listing.row.entry.state.rawValue,
            caseRule: listing.row.entry.caseRule.rawValue, sequence: listing.row.sequence,
            handleCount: listing.row.handleCount, recordCount: listing.row.recordCount,
            digest: listing.row.digest.bytes, rules: listing.row.rules)
    }
}
