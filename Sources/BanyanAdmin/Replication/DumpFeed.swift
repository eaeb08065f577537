import BanyanIndex
import HandleProtocol

/// Everything that the server has, as the reference sends it (answer to opcode 1002): where the journal stands, the
/// handles whose hash is the mirror's in the order of their keys, the prefixes that are homed.
///
/// It is no state of one moment: what changes while it is sent comes again as a transaction, since these are counted
/// from where the journal stood at the beginning.
struct DumpFeed: ReplicationFeed {
    private enum Part {
        case handles(RecordRange)
        case prefixes(after: [UInt8])
    }

    private let mirror: MirrorPosition
    private var part: Part
    private var writer: StreamWriter

    init(_ request: DumpRequest, in snapshot: borrowing IndexSnapshot, writer: StreamWriter) throws {
        mirror = request.mirror
        self.writer = writer
        self.writer.write { $0.write(DumpRecord.format) }
        try self.writer.sign()
        guard let resume = request.resume else {
            part = .handles(.all)
            let last = try snapshot.journalHead().sequence
            try write(.thisServer(date: Moment.milliseconds, lastTransactionID: last))
            return
        }
        // The tables of dates, 0 and 1, come before the handles and are empty here.
        switch resume.table {
        case 2: part = .handles(RecordRange.all.continuing(after: Self.key(of: resume.handle, in: snapshot)))
        case 3: part = .prefixes(after: Handle(resume.handle).folded().localName)
        default: part = .handles(.all)
        }
    }

    private static func key(of handle: [UInt8], in snapshot: borrowing IndexSnapshot) -> [UInt8] {
        var key = IndexKey()
        _ = key.set(handle.rawSpan, caseRule: .insensitive)
        if let prefix = snapshot.prefix(key.prefix), prefix.caseRule != .insensitive {
            _ = key.set(handle.rawSpan, caseRule: prefix.caseRule)
        }
        return key.bytes.array
    }

    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?) {
        var rest = self
        if case .handles(let range) = part, try !rest.writeHandles(of: range, in: snapshot) {
            return (rest.writer.take(), rest)
        }
        var last: [UInt8] = []
        if case .prefixes(let after) = rest.part { last = after }
        var budget = PieceBudget()
        for prefix in try snapshot.prefixes() where prefix.row.entry.state == .active {
            guard last.lexicographicallyPrecedes(prefix.name) else { continue }
            try rest.write(.homedPrefix(Array("0.NA/".utf8) + prefix.name))
            budget.sign()
            if budget.isSpent(rest.writer) {
                rest.part = .prefixes(after: prefix.name)
                return (rest.writer.take(), rest)
            }
        }
        rest.writer.write { DumpRecord.end.write(to: &$0) }
        return (rest.writer.take(), nil)
    }

    /// Writes handles as far as a piece goes; true when they were all, and prefixes follow.
    private mutating func writeHandles(
        of range: RecordRange, in snapshot: borrowing IndexSnapshot
    ) throws -> Bool {
        var budget = PieceBudget()
        var walk = try snapshot.records(in: range)
        while let entry = try walk.next() {
            budget.step()
            let name = entry.name.array
            if mirror.has(name) {
                try write(.handle(name: name, values: try entry.record.parsedValues()))
                budget.sign()
            }
            if budget.isSpent(writer) {
                part = .handles(range.continuing(after: entry.key.array))
                return false
            }
        }
        part = .prefixes(after: [])
        return true
    }

    private mutating func write(_ record: DumpRecord) throws {
        writer.write { record.write(to: &$0) }
        if record.isSigned { try writer.sign() }
    }
}
