import BanyanIndex
import BanyanSync
import Foundation
import HandleClient
import HandleProtocol

/// Compares a directory with the server that it is fetched from, by samples of two kinds:
///
///  1. Handles that are here, each as likely as the other, are resolved at both as any client would.
///  2. Runs of that server's records behind some of these are read by its dump protocol: with values that are not
///     public, and with handles that are not here.
public struct MigrationCheck: Sendable {
    /// Records of a run.
    private static let runRecordCount = 64
    /// At most so many runs, each of which costs a connection and a proof.
    private static let runCountMax = 32

    public struct Difference: Equatable, Sendable {
        public var handle: [UInt8]
        /// How the two differ, without any value's data.
        public var text: String
    }

    public struct Report: Equatable, Sendable {
        public var resolvedCount = 0
        public var recordCount = 0
        public var differences: [Difference] = []
        public var isSame: Bool { differences.isEmpty }
    }

    private let index: HandleIndex
    private let replication: Replication
    private let server: ServerAddress

    init(of index: HandleIndex, with replication: Replication) {
        self.index = index
        self.replication = replication
        server = replication.server
    }

    /// - Throws: `ClientError` where the server does not answer, `ReplicationRefusal` where it does not let us in.
    public func run(sampleCount: Int) async throws -> Report {
        var report = Report()
        var generator = SystemRandomNumberGenerator()
        let names = try NameSample.draw(sampleCount, of: index, using: &generator)
        let client = Client()
        let endpoint = ServerEndpoint(server)
        for name in names {
            report.resolvedCount += 1
            if let text = try await resolve(name, client, endpoint) {
                report.differences.append(Difference(handle: name, text: text))
            }
        }
        let runCount = min(Self.runCountMax, max(1, sampleCount / Self.runRecordCount))
        let starts = [[]] + names.shuffled(using: &generator).prefix(runCount - 1)
        for start in starts { try await compareRun(after: start, &report) }
        return report
    }

    private func resolve(_ name: [UInt8], _ client: Client, _ endpoint: ServerEndpoint) async throws -> String? {
        let now = UInt32(clamping: Int64(Date().timeIntervalSince1970))
        let request = ClientRequest.resolution(Query(handle: name), at: now)
        let reply = try await client.send(request, to: endpoint)
        guard let own = try DirectoryAnswers(index).answer(to: request.bytes(), at: now) else {
            return "cannot be answered here"
        }
        return AnswerComparison(ours: own, theirs: reply.message.bytes()).difference
    }

    private func compareRun(after start: [UInt8], _ report: inout Report) async throws {
        let records = try await ReferenceSample.records(
            of: replication, after: start, atMost: Self.runRecordCount, for: MirrorPosition.whole)
        guard let last = records.last else { return }
        let isEnd = records.count < Self.runRecordCount
        var own = try ownRecords(after: start, through: isEnd ? nil : last.handle)
        for record in records {
            report.recordCount += 1
            let key = HandleCase.folded(record.handle)
            guard let values = own.removeValue(forKey: key) else {
                report.differences.append(Difference(handle: record.handle, text: "only there"))
                continue
            }
            if let text = AnswerComparison.compare(values, record.values) {
                report.differences.append(Difference(handle: record.handle, text: text))
            }
        }
        for (name, _) in own { report.differences.append(Difference(handle: name, text: "only here")) }
    }

    /// Our records behind a handle, up to another; nil: as many as a run has, and no more. By folded names.
    private func ownRecords(
        after start: [UInt8], through end: [UInt8]?
    ) throws(IndexError) -> [[UInt8]: [HandleValue]] {
        var records: [[UInt8]: [HandleValue]] = [:]
        let snapshot = try index.snapshot()
        var walk = try snapshot.records(in: RecordRange.all.continuing(after: Self.key(of: start, in: snapshot)))
        let last = end.map { Self.key(of: $0, in: snapshot) }
        while let entry = try walk.next() {
            if let last, last.lexicographicallyPrecedes(entry.key.array) { break }
            var reader = ByteReader(entry.record.values)
            var values: [HandleValue] = []
            while !reader.isAtEnd {
                guard let value = try? HandleValue(parsing: &reader) else { throw .damagedRecord }
                values.append(value)
            }
            records[HandleCase.folded(entry.name.array)] = values
            if records.count > 4 * Self.runRecordCount { break }
        }
        return records
    }

    private static func key(of handle: [UInt8], in snapshot: borrowing IndexSnapshot) -> [UInt8] {
        guard !handle.isEmpty else { return [] }
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive) else { return [] }
        if let rule = snapshot.prefix(key.prefix)?.caseRule, rule != .insensitive {
            _ = key.set(handle.rawSpan, caseRule: rule)
        }
        return key.bytes.array
    }
}
