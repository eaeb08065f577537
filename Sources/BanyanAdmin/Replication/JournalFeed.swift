import BanyanIndex
import HandleCrypto
import HandleProtocol

/// The journal's entries from a place on, as they are stored, each with what it left behind (`NodeStream`), and from
/// then on what is committed, as it is. What belongs together ends with a mark that says how long the journal is here:
/// one comes every other second at least, so that a mirror knows that it has everything.
struct JournalFeed: ReplicationFeed {
    private var last: UInt64
    private let follows: Bool
    private var writer: StreamWriter
    private var hasBegun = false

    /// - Parameter position: where the mirror's journal ends, which is a place of this one as well.
    init(after position: JournalPosition, writer: StreamWriter) {
        last = position.sequence
        follows = position.follows
        self.writer = writer
    }

    var awaitedSequence: UInt64? { hasBegun ? last : nil }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var rest = self
        if !hasBegun {
            rest.writer.write {
                TransactionStreamHeader(format: NodeStream.journalFormat, status: .transactionsFollow).write(to: &$0)
            }
            rest.hasBegun = true
        }
        let head = try snapshot.journalHead()
        try rest.writeEntries(in: snapshot)
        try rest.writer.mark(head, term: snapshot.term(), follows: follows)
        let isDone = rest.last >= head.sequence && !follows
        return (rest.writer.take(), isDone ? nil : rest)
    }

    /// Writes a piece's entries. Of several of one handle only the newest says what it left.
    private mutating func writeEntries(in snapshot: borrowing IndexSnapshot) throws {
        var left: [[UInt8]: (sequence: UInt64, after: [UInt8]?)] = [:]
        var end = last
        var budget = PieceBudget()
        var byteCount = 0
        var key = IndexKey()
        var scout = try snapshot.journal(from: last + 1)
        while !budget.isSpent(writer), byteCount < PieceBudget.byteCountGoal, let entry = try scout.next() {
            // Documents hold secrets: not for a stream that everyone on its way can read.
            let isSecret = entry.operation == .setDocument && writer.isSigned
            let after = isSecret ? nil : try snapshot.subject(after: entry, key: &key)
            left[Self.subject(of: entry)] = (entry.sequence, after)
            end = entry.sequence
            byteCount += entry.bytes.byteCount + (after?.count ?? 0)
            budget.step()
        }
        guard end > last else { return }
        var walk = try snapshot.journal(from: last + 1)
        while last < end, let entry = try walk.next() {
            let newest = left[Self.subject(of: entry)]
            let after = newest?.sequence == entry.sequence ? newest?.after : nil
            let record = NodeRecord.entry(sequence: entry.sequence, bytes: entry.bytes.array, after: after)
            writer.write { record.write(to: &$0) }
            last = entry.sequence
        }
    }

    private static func subject(of entry: borrowing JournalEntry) -> [UInt8] {
        let operation = entry.operation
        let kind: UInt8 = operation.isOfRecord ? 0 : operation.isOfPrefix ? 1 : operation.rawValue
        return [kind] + entry.handle.array
    }
}

/// Says that the mirror's journal is not the beginning of this one, with where this one ends.
struct OtherPastFeed: ReplicationFeed {
    private var writer: StreamWriter
    private let status: TransactionStreamHeader.Status

    init(_ status: TransactionStreamHeader.Status, writer: StreamWriter) {
        self.writer = writer
        self.status = status
    }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var writer = writer
        writer.write { TransactionStreamHeader(format: NodeStream.journalFormat, status: status).write(to: &$0) }
        try writer.mark(snapshot.journalHead(), term: snapshot.term(), follows: false)
        return (writer.take(), nil)
    }
}

extension StreamWriter {
    /// Writes where the journal ends here, and signs all since the mark before.
    mutating func mark(_ place: JournalPlace, term: UInt64, follows: Bool) throws {
        let position = JournalPosition(
            sequence: place.sequence, chain: place.chain.bytes, term: term, follows: follows)
        write { NodeRecord.mark(position, date: Moment.milliseconds).write(to: &$0) }
        try sign()
    }
}
