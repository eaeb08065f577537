import Foundation
import HandleClient

/// The figures that the project promises, in one run, each beside a peer's or its target.
public struct Suite: Sendable {
    /// Records in the index.
    public var count = 1_000_000
    /// Rounds that alternate between us and the peer; medians are printed.
    public var rounds = 5
    /// Measured seconds of each round.
    public var seconds = 2.0
    public var seed: UInt64 = 1
    /// The C sources.
    public var peers = "Sources/BanyanBench/Peers"
    /// Where the data goes; the system's temporary folder when nil.
    public var folder: String?
    /// The `banyan` program.
    public let program: String
    /// Told what is being done: a run takes a minute or two.
    public let progress: @Sendable (String) -> Void

    public init(program: String, progress: @escaping @Sendable (String) -> Void) {
        self.program = program
        self.progress = progress
    }

    /// Resident memory that no file backs, in MiB, at any index size.
    static let memoryTarget = 64.0
    /// Milliseconds, at any index size.
    static let startTarget = 100.0
    static let mebibyte = 1_048_576.0

    /// Loading, starting, resolving over UDP and TCP.
    public func run() async throws -> FigureTable {
        let (folder, peers) = try prepare()
        var table = FigureTable(
            seed: seed, command: "banyan bench all --handles \(count) --rounds \(rounds) --seconds \(seconds)")
        let node = try loading(in: folder, peers, into: &table, rounds: min(rounds, 3))
        try await starting(node, into: &table)
        try await resolving(node, folder, peers, into: &table)
        try await registering(node, folder, peers, into: &table)
        return table
    }

    /// Loading only.
    public func runLoad() throws -> FigureTable {
        let (folder, peers) = try prepare()
        var table = FigureTable(seed: seed, command: "banyan bench load --handles \(count) --rounds \(rounds)")
        _ = try loading(in: folder, peers, into: &table, rounds: min(rounds, 3))
        return table
    }

    /// Registering only.
    public func runRegister() async throws -> FigureTable {
        let (folder, peers) = try prepare()
        var table = FigureTable(
            seed: seed, command: "banyan bench register --handles \(count) --rounds \(rounds) --seconds \(seconds)")
        let records = folder.file("records.ndjson")
        try RecordGenerator(count: count).writeRecords(to: records)
        let node = NodeUnderTest(program: program, directory: folder.file("node"))
        try node.initialize()
        _ = try node.load(records)
        try FileManager.default.removeItem(atPath: records)
        try await registering(node, folder, peers, into: &table)
        return table
    }

    private func prepare() throws -> (BenchFolder, Peers) {
        let folder = try BenchFolder(in: self.folder)
        progress("building the C programs beside us")
        return (folder, try Peers(sources: peers, directory: folder.path))
    }

    // MARK: Loading

    /// Records a second and bytes a record, beside bare LMDB that appends the same records and journal entries of the
    /// same size in the same synced transactions. Gives the node that was loaded last.
    private func loading(
        in folder: BenchFolder, _ peers: Peers, into table: inout FigureTable, rounds: Int
    ) throws -> NodeUnderTest {
        progress("writing \(Quantity.text(Double(count))) records")
        let records = folder.file("records.ndjson")
        try RecordGenerator(count: count).writeRecords(to: records)
        var ours: [NodeUnderTest.Load] = []
        var limit: [Double] = []
        var limitByteCount = 0
        var node = NodeUnderTest(program: program, directory: folder.file("node"))
        for round in 1...max(1, rounds) {
            progress("loading, round \(round) of \(max(1, rounds))")
            node = NodeUnderTest(program: program, directory: try folder.emptyFolder("node"))
            try FileManager.default.removeItem(atPath: node.directory)
            try node.initialize()
            ours.append(try node.load(records))
            let bare = try folder.emptyFolder("bare")
            let arguments = ["append2", bare, "\(count)", "\(RecordGenerator.recordByteCount)", "10000"]
            if let rate = Peers.recordsPerSecond(try peers.start(.lmdblimit, arguments).finish()) { limit.append(rate) }
            limitByteCount =
                try FileManager.default.attributesOfItem(atPath: bare + "/data.mdb")[.size] as? Int ?? 0
            try? FileManager.default.removeItem(atPath: bare)
        }
        try? FileManager.default.removeItem(atPath: records)
        let count = Double(count)
        table.figures += [
            Figure(
                "load, sorted NDJSON", unit: "records/s", ours: Quantity.median(ours.map { count / $0.seconds }),
                peerName: "bare LMDB, two trees", peer: Quantity.median(limit)),
            Figure(
                "load, file size", unit: "bytes/record", ours: Double(ours.last?.byteCount ?? 0) / count,
                peerName: "bare LMDB, two trees", peer: Double(limitByteCount) / count, better: .lower),
            Figure(
                "load, memory at most (RssAnon)", unit: "MiB",
                ours: Double(ours.map(\.anonymousByteCount).max() ?? 0) / Suite.mebibyte, peerName: "target",
                peer: Suite.memoryTarget,
                better: .lower),
        ]
        return node
    }

    // MARK: Starting and resolving

    private func starting(_ node: NodeUnderTest, into table: inout FigureTable) async throws {
        progress("starting")
        var times: [Double] = []
        for _ in 0..<max(1, rounds) {
            let serving = try await node.serve(core: nil)
            times.append(serving.secondsToFirstAnswer)
            serving.process.end()
        }
        table.figures.append(
            Figure(
                "start to first answer", unit: "ms", ours: Quantity.median(times) * 1_000, peerName: "target",
                peer: Suite.startTarget, better: .lower))
    }

    /// Answers a second of one worker on one core, beside a server that sends a fixed answer of the same size with
    /// the same system calls on the same core; the client is the same, on another core. From the index alone, and with
    /// a table that holds every record.
    private func resolving(
        _ node: NodeUnderTest, _ folder: BenchFolder, _ peers: Peers, into table: inout FigureTable
    ) async throws {
        let requests = folder.file("requests.hex")
        try RecordGenerator(count: count).writeRequests(to: requests)
        let memory = 64 + count / 2_000
        let run = ResolveRun(suite: self, node: node, peers: peers, requests: requests)
        try await run.measureDatagrams("from the index", tableMemory: "0", into: &table)
        try await run.measureDatagrams("with a table", tableMemory: "\(memory)MiB", into: &table)
        // The stream workers have a fourth of it.
        try await run.measureStreams(tableMemory: "\(4 * memory)MiB", into: &table)
    }

    // MARK: Registering

    private func registering(
        _ node: NodeUnderTest, _ folder: BenchFolder, _ peers: Peers, into table: inout FigureTable
    ) async throws {
        let requests = folder.file("requests.hex")
        try RecordGenerator(count: count).writeRequests(to: requests)
        let bare = try folder.emptyFolder("bare")
        let arguments = ["append2", bare, "\(count)", "\(RecordGenerator.recordByteCount)", "10000"]
        _ = try peers.start(.lmdblimit, arguments).finish()
        let run = RegisterRun(suite: self, node: node, peers: peers, bare: bare, requests: requests)
        try await run.measure(into: &table)
    }
}
