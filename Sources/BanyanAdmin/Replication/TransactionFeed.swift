import BanyanIndex
import HandleCrypto
import HandleProtocol

/// All changes since what a mirror has, as the reference sends them (answer to opcode 1001):
///
///  1. Of a handle that was created or changed, the values that it has now; nothing when it is gone by now.
///  2. Of a handle that was deleted, its name; nothing when it is there again.
///  3. Only handles whose hash is the mirror's; homing and unhoming of prefixes always. The reference knows no
///     suspended prefix: to a mirror it is one that is not homed.
///  4. Transaction numbers are the journal's sequences.
struct TransactionFeed: ReplicationFeed {
    private var next: UInt64
    private let end: UInt64
    private let mirror: MirrorPosition
    private var writer: StreamWriter

    /// - Parameter last: the mirror's last transaction.
    init(
        after last: UInt64, to mirror: MirrorPosition, in snapshot: borrowing IndexSnapshot, writer: StreamWriter
    ) throws {
        next = last + 1
        end = try snapshot.journalHead().sequence
        self.mirror = mirror
        self.writer = writer
        self.writer.write { TransactionStreamHeader(status: .transactionsFollow).write(to: &$0) }
        try self.writer.sign()
    }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var rest = self
        var budget = PieceBudget()
        var key = IndexKey()
        var walk = try snapshot.journal(from: next)
        while rest.next <= end, let entry = try walk.next() {
            rest.next = entry.sequence + 1
            budget.step()
            if let transaction = try transaction(of: entry, in: snapshot, &key) {
                rest.writer.write { TransactionRecord.transaction(transaction).write(to: &$0) }
                try rest.writer.sign()
                budget.sign()
            }
            if budget.isSpent(rest.writer) { return (rest.writer.take(), rest) }
        }
        rest.writer.write { TransactionRecord.end(sourceDate: Moment.milliseconds).write(to: &$0) }
        try rest.writer.sign()
        return (rest.writer.take(), nil)
    }

    private func transaction(
        of entry: borrowing JournalEntry, in snapshot: borrowing IndexSnapshot, _ key: inout IndexKey
    ) throws -> Transaction? {
        switch entry.operation {
        case .home, .resume:
            return Transaction(id: entry.sequence, handle: entry.handle.array, action: .homePrefix, date: entry.time)
        case .unhome, .suspend:
            return Transaction(id: entry.sequence, handle: entry.handle.array, action: .unhomePrefix, date: entry.time)
        default: break
        }
        guard entry.operation.isOfRecord, key.setFolded(entry.handle), let record = try snapshot.record(for: key) else {
            return nil
        }
        let isDeletion = entry.operation == .delete
        guard record.flags.contains(.deleted) == isDeletion else { return nil }
        let name = record.name?.array ?? key.name.array
        guard mirror.has(name) else { return nil }
        return Transaction(
            id: entry.sequence, handle: name,
            action: isDeletion ? .deleteHandle : entry.operation == .create ? .createHandle : .updateHandle,
            date: entry.time, values: isDeletion ? [] : try record.parsedValues())
    }
}

/// Says that the log does not reach back to what the mirror has: it must fetch everything again.
struct DumpNeededFeed: ReplicationFeed {
    private var writer: StreamWriter
    private let date: UInt64

    /// - Parameter date: what the mirror said, which comes back.
    init(date: UInt64, writer: StreamWriter) {
        self.writer = writer
        self.date = date
    }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var writer = writer
        writer.write { TransactionStreamHeader(status: .dumpNeeded).write(to: &$0) }
        try writer.sign()
        writer.write { TransactionRecord.end(sourceDate: date).write(to: &$0) }
        try writer.sign()
        return (writer.take(), nil)
    }
}

extension MirrorPosition {
    /// Whether the mirror is the server of its site that has the handle.
    func has(_ handle: [UInt8]) -> Bool {
        guard serverCount > 1 else { return true }
        return ServerSelection.position(of: handle, hashOption: hashOption, serverCount: Int(serverCount))
            == Int(position)
    }
}

extension RecordView {
    func parsedValues() throws(WireError) -> [HandleValue] {
        var parsed: [HandleValue] = []
        var reader = ByteReader(values)
        while !reader.isAtEnd { parsed.append(try HandleValue(parsing: &reader)) }
        return parsed
    }
}
