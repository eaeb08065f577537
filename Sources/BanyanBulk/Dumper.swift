public import BanyanIndex
import ByteStreams
public import HandleProtocol

/// What a dump is to hold.
public struct DumpOptions: Sendable {
    public var format = BulkFormat.ndjson
    /// Only this prefix: its own record, and the handles under it.
    public var prefix: Prefix?
    /// As it was at this time, milliseconds since 1970, as far back as the journal reaches.
    public var time: UInt64?

    public init() {}
}

/// What a dump has done.
public struct DumpReport: Equatable, Sendable {
    public var recordCount = 0
    /// What the format could not hold: whole records, and values of records that are there.
    public var leftOutRecordCount = 0
    public var leftOutValueCount = 0
    /// Records whose checksum is wrong.
    public var damagedCount = 0
    /// The journal's last sequence before the first record was read, and after the last.
    public var journalHeadAtStart: UInt64 = 0
    public var journalHeadAtEnd: UInt64 = 0

    public init() {}

    /// Whether everything is in it.
    public var isComplete: Bool { leftOutRecordCount == 0 && leftOutValueCount == 0 && damagedCount == 0 }
}

/// Writes the records of a node out, in key order. Reads in snapshots of at most 1,000 records, so that a dump of any
/// length keeps no pages from being used again; what changes meanwhile is in it or not, record by record.
public struct Dumper: ~Copyable {
    static let snapshotRecordCount = 1_000

    private let index: HandleIndex
    private let options: DumpOptions
    private var report = DumpReport()

    public init(_ index: HandleIndex, options: DumpOptions) {
        self.index = index
        self.options = options
    }

    /// Writes everything to `path`; `-` is standard output. `progressed` is called once a snapshot.
    public mutating func dump(
        to path: String, progressed: (DumpReport) -> Void = { _ in }
    ) throws(DumpError) -> DumpReport {
        do {
            let output = try OutputFile(path: path)
            switch options.format {
            // A text of any shape is read; what is written has a record a line.
            case .ndjson, .json: try write(JSONLinesDump(), to: output, progressed)
            case .wire: try write(WireDump(prefixes: try prefixes()), to: output, progressed)
            case .batch: try write(BatchDump(), to: output, progressed)
            case .csv: try write(CSVDump(), to: output, progressed)
            }
            try output.close()
            return report
        } catch let error as StreamError {
            throw error.isClosedPipe ? .closedPipe : .stream("\(error)")
        } catch let error as IndexError {
            throw .index(error)
        } catch {
            throw .stream("\(error)")
        }
    }

    private func prefixes() throws(IndexError) -> [(name: [UInt8], isCaseSensitive: Bool)] {
        let snapshot = try index.snapshot()
        return try snapshot.prefixes().filter { options.prefix == nil || $0.name == options.prefix?.bytes }
            .map { ($0.name, $0.row.entry.caseRule == .sensitiveLocalName) }
    }

    private mutating func write(
        _ format: consuming some RecordDump, to output: OutputFile, _ progressed: (DumpReport) -> Void
    ) throws {
        var format = format
        report.journalHeadAtStart = try index.snapshot().journalHead().sequence
        if format.needsSurvey {
            try walk { _, record, _ in
                if record.state == .active { format.survey(values: record.values) }
            } afterwards: { _ in
            }
            report.damagedCount = 0
        }
        var writer = JSONWriter(capacity: 1 << 20)
        format.writeHead(to: &writer)
        try walk { handle, record, report in
            switch format.write(handle: handle, record: record, to: &writer) {
            case .nothing: report.recordCount += 1
            case .values(let count):
                report.recordCount += 1
                report.leftOutValueCount += count
            case .record: report.leftOutRecordCount += 1
            }
        } afterwards: { report in
            try output.write(writer.bytes)
            writer.removeAll()
            progressed(report)
        }
        report.journalHeadAtEnd = try index.snapshot().journalHead().sequence
    }

    private typealias Body = (_ handle: RawSpan, _ record: RecordView, _ report: inout DumpReport) -> Void

    /// Shows each record with its name to `body`, and calls `afterwards` between snapshots.
    private mutating func walk(_ body: Body, afterwards: (DumpReport) throws -> Void) throws {
        var snapshot = try index.snapshot()
        var key = IndexKey()
        var rest: RecordRange? = .all
        if let prefix = options.prefix {
            rest = .handles(under: prefix.bytes)
            if key.set(prefix.handle.bytes.rawSpan, caseRule: .insensitive) {
                try Self.show(key, at: options.time, snapshot, &report, body)
            }
        }
        if options.time != nil { rest = rest?.includingDeleted() }
        while let range = rest {
            try snapshot.renew()
            rest = try step(range, snapshot, &key, body)
            snapshot.reset()
            try afterwards(report)
        }
    }

    /// Walks through one snapshot's share; the rest of the range, or nil at its end.
    private mutating func step(
        _ range: RecordRange, _ snapshot: borrowing IndexSnapshot, _ key: inout IndexKey, _ body: Body
    ) throws(IndexError) -> RecordRange? {
        var walk = try snapshot.records(in: range)
        var last: [UInt8] = []
        for _ in 0..<Self.snapshotRecordCount {
            do throws(IndexError) {
                guard let entry = try walk.next() else { return nil }
                last = entry.key.array
                if options.time == nil {
                    body(entry.name, entry.record, &report)
                } else if Self.set(&key, to: entry.name, in: snapshot) {
                    try Self.show(key, at: options.time, snapshot, &report, body)
                }
            } catch {
                guard error == .damagedRecord else { throw error }
                report.damagedCount += 1
            }
        }
        return last.isEmpty ? nil : range.continuing(after: last)
    }

    /// Takes a name by its prefix's rule of case.
    private static func set(
        _ key: inout IndexKey, to name: RawSpan, in snapshot: borrowing IndexSnapshot
    ) -> Bool {
        guard key.set(name, caseRule: .insensitive) else { return false }
        let rule = snapshot.prefix(key.prefix)?.caseRule ?? .insensitive
        return rule == .insensitive || key.set(name, caseRule: rule)
    }

    /// Shows the record of one key, as it is or as it was.
    private static func show(
        _ key: borrowing IndexKey, at time: UInt64?, _ snapshot: borrowing IndexSnapshot, _ report: inout DumpReport,
        _ body: Body
    ) throws(IndexError) {
        let record =
            if let time { try snapshot.record(for: key, at: time) } else { try snapshot.record(for: key) }
        guard let record, !record.flags.contains(.deleted) else { return }
        if let name = record.name {
            body(name, record, &report)
        } else {
            body(key.name, record, &report)
        }
    }
}

/// What ends a dump.
public enum DumpError: Error, Equatable, Sendable {
    case stream(String)
    /// Nobody reads any more what is written.
    case closedPipe
    case index(IndexError)
}

extension DumpError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stream(let reason): reason
        case .closedPipe: "nobody reads the dump any more"
        case .index(let error): error.description
        }
    }
}
