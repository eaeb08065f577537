import BanyanIndex
import HandleProtocol

/// The journal for people and scripts.
public struct JournalReport: Sendable {
    /// Entries read in one snapshot.
    private static let batchCount = 1_000

    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Gives each entry from `sequence` on to `line`, oldest first, at most `countMax`; of one handle only where given.
    public func show(
        from sequence: UInt64, countMax: Int, handle: [UInt8]? = nil, _ line: (JSONText) -> Void
    ) throws(NodeError) {
        let index = try directory.openIndex()
        let wanted = handle.map { HandleCase.folded($0) }
        var next = sequence
        var count = 0
        do throws(IndexError) {
            var snapshot = try index.snapshot()
            while count < countMax {
                let lines = try Self.batch(snapshot, from: &next, handle: wanted)
                guard let lines else { return }
                for text in lines.prefix(countMax - count) { line(text) }
                count += lines.count
                try snapshot.renew()
            }
        } catch {
            throw .index(error)
        }
    }

    /// The next entries, those of other handles left out; nil behind the last.
    private static func batch(
        _ snapshot: borrowing IndexSnapshot, from next: inout UInt64, handle: [UInt8]?
    ) throws(IndexError) -> [JSONText]? {
        var walk = try snapshot.journal(from: next)
        var lines: [JSONText] = []
        for position in 0..<batchCount {
            guard let entry = try walk.next() else { return position == 0 ? nil : lines }
            next = entry.sequence + 1
            if handle == nil || entry.handle.array.map(HandleCase.fold) == handle?.map(HandleCase.fold) {
                lines.append(describe(entry))
            }
        }
        return lines
    }

    private static func describe(_ entry: JournalEntry) -> JSONText {
        let seconds = Timestamp(secondsSince1970: UInt32(clamping: entry.time / 1_000))
        return .object([
            ("sequence", .count(entry.sequence)),
            ("time", .string(seconds.description)),
            ("operation", .string(entry.operation.name)),
            ("principal", .string(String(decoding: entry.principal.array, as: UTF8.self))),
            ("source", .string(String(decoding: entry.source.array, as: UTF8.self))),
            ("handle", .string(String(decoding: entry.handle.array, as: UTF8.self))),
            (
                "reason",
                entry.reason.byteCount == 0 ? .null : .string(String(decoding: entry.reason.array, as: UTF8.self))
            ),
            ("previous", .count(entry.previousSequence)),
            ("digest", .string(String(decoding: Hex.encode(entry.digest.bytes), as: UTF8.self))),
            ("chain", .string(String(decoding: Hex.encode(entry.chain.bytes), as: UTF8.self))),
        ])
    }

    /// Proves the chain. The figures, and what is wrong in words.
    public func verify() throws(NodeError) -> (entryCount: UInt64, head: String, problemCount: UInt64) {
        let index = try directory.openIndex()
        do throws(IndexError) {
            let report = try Verification.verifyJournal(of: index)
            let head = String(decoding: Hex.encode(report.journalHead.bytes), as: UTF8.self)
            return (report.journalCount, head, report.problemCount)
        } catch {
            throw .index(error)
        }
    }
}
