import BanyanIndex
import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

extension Faults {
    /// A node registers and loads; each write and sync of its data file is logged. For every place in the log the
    /// states are built that a power cut there could leave: of what was not synced any sectors may be on the disk.
    @Suite("Power loss: no state that a disk may be left in loses what was acknowledged")
    struct PowerLossFaultTests {
        @Test("everything acknowledged is there and whole, everything else whole or absent, and the proofs hold")
        func everyState() throws {
            let run = try LoggedRun()
            var random = SeededGenerator(seed: 7)
            var count = 0
            let rounds = FaultRounds.rounds(usual: 3).count
            try run.log.forEachCrash(from: run.base) { crash, end in
                var seeds: [UInt64] = [.min, .max]
                if crash.pending.isEmpty { seeds = [.max] } else { for _ in 0..<rounds { seeds.append(random.next()) } }
                for seed in seeds {
                    let file = crash.file { piece in seed == .max || seed != 0 && Self.isKept(piece, seed) }
                    try run.check(file, acknowledgedBefore: end)
                    count += 1
                }
            }
            #expect(count > 200, "states that were looked at")
        }

        @Test("a disk that lies about its syncs is found out: the harness sees a loss")
        func lyingDisk() throws {
            let run = try LoggedRun()
            var last: [UInt8] = []
            run.log.forEachCrash(from: run.base, trustsSyncs: false) { crash, _ in last = crash.file { _ in false } }
            #expect(throws: LoggedRun.Loss.self) { try run.check(last, acknowledgedBefore: .max) }
        }

        private static func isKept(_ piece: Int, _ seed: UInt64) -> Bool {
            var generator = SeededGenerator(seed: seed &+ UInt64(piece))
            return generator.next() & 1 == 0
        }
    }
}

/// A node that was written to, with the log of its writes and what it had acknowledged at each place of it.
private final class LoggedRun {
    struct Loss: Error { var handle: String }

    let base: [UInt8]
    let log: WriteLog
    /// Names with the size of the log when their acknowledgement had come.
    private let acknowledged: [(name: String, end: Int)]
    private let states: TemporaryFolder

    init() throws {
        let made = try MadeNode()
        base = try made.folder.read("data/data.mdb")
        states = try TemporaryFolder()
        let faults = try FaultLibrary()
        let node = try TestNode(directory: made.directory, in: made.folder, environment: faults.environment)
        let sink = try ChangeSinks.open(directory: NodeDirectory(made.directory))
        var acknowledged: [(name: String, end: Int)] = []
        func submit(_ names: [String]) throws {
            var set = ChangeSet(onConflict: .replace)
            for name in names { set.append(Self.put(name)) }
            #expect(try sink.submit(set).rejections.isEmpty)
            let end = try faults.logByteCount()
            acknowledged += names.map { ($0, end) }
        }
        for number in 0..<12 { try submit(["88.118.8/single-\(number)"]) }
        try submit((0..<400).map { "88.118.8/bulk-\($0)" })
        for number in 12..<20 { try submit(["88.118.8/single-\(number)"]) }
        node.kill()
        log = try faults.log()
        self.acknowledged = acknowledged
    }

    private static func value(_ name: String) -> [UInt8] {
        var writer = ByteWriter()
        HandleValue(index: 1, timestamp: 5, type: Array("URL".utf8), data: Array("https://example.cn/\(name)".utf8))
            .write(to: &writer)
        return writer.bytes
    }

    private static func put(_ name: String) -> Change { .put(handle: Array(name.utf8), values: value(name)) }

    /// Opens a file as a node would find it, and looks for everything that was acknowledged before this place of the
    /// log.
    func check(_ file: [UInt8], acknowledgedBefore end: Int) throws {
        try states.write(file, to: "data.mdb")
        let index = try HandleIndex(directory: states.path, access: .readOnly)
        let snapshot = try index.snapshot()
        var key = IndexKey()
        let due = Set(acknowledged.lazy.filter { $0.end <= end }.map(\.name))
        for name in Set(acknowledged.map(\.name)) {
            _ = key.set(Array(name.utf8).rawSpan, caseRule: .insensitive)
            guard let record = try snapshot.record(for: key) else {
                if due.contains(name) { throw Loss(handle: name) }
                continue
            }
            #expect(record.values.array == Self.value(name), "\(name) is whole")
        }
        #expect(try Verification.verify(index).isSound)
    }
}
