import BanyanIndex
import BanyanRegistry
import BanyanSync
import BanyanTestSupport
import HandleClient
import HandleProtocol
import Logging
import OpenSSL
import Synchronization
import Testing

/// A mirror's store in a folder of its own.
final class TestMirror: Sendable {
    private let folder: TemporaryFolder
    let registrar: Registrar

    init() throws {
        folder = try TemporaryFolder()
        registrar = try Registrar(directory: folder.path, access: .create)
        var set = ChangeSet()
        set.append(.setMirror(true))
        _ = try registrar.submit(set)
    }

    func mirror(of primary: ServerAddress, key: PublicKey, as authentication: ClientAuthentication? = nil) -> Mirror {
        let nobody = ClientAuthentication(
            ValueReference(handle: Array("0.NA/88.100.1".utf8), index: 300), key: .secret(SecretBytes([1])))
        var configuration = MirrorConfiguration(
            primary: primary, authentication: authentication ?? nobody, primaryKey: key)
        configuration.allowsClear = true
        // Tests that block share the threads that this needs.
        configuration.silenceMax = 600
        return Mirror(
            configuration, registrar: registrar, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The values under a handle; nil where there is none.
    func values(of handle: String) throws -> [UInt8]? {
        var key = IndexKey()
        _ = key.set(Array(handle.utf8).rawSpan, caseRule: .insensitive)
        let snapshot = try registrar.index.snapshot()
        guard let record = try snapshot.record(for: key), !record.flags.contains(.deleted) else { return nil }
        return record.values.array
    }

    var handles: [String] {
        get throws {
            var names: [String] = []
            let snapshot = try registrar.index.snapshot()
            var walk = try snapshot.records(in: .all)
            while let entry = try walk.next() { names.append(String(decoding: entry.name.array, as: UTF8.self)) }
            return names
        }
    }

    var prefixes: [String] {
        get throws {
            try registrar.index.snapshot().prefixes().map { String(decoding: $0.name, as: UTF8.self) }
        }
    }
}

@Suite("A mirror of a reference primary, from what was recorded")
struct ReferenceMirrorTests {
    private static let dumped = [
        "88.100.1/SN-000491", "88.100.1/SN-000904", "88.100.1/SN-002747", "88.100.1/SN-002826",
    ]
    private static let homed = ["0", "0.NA", "88", "88.100", "88.100.1", "88.302"]

    @Test("a log that does not reach back is followed by everything, and then by the log again")
    func seeds() async throws {
        let store = try TestMirror()
        let primary = try await ScriptedPrimary(streams: [
            ScriptedPrimary.stream("txn-log-redump"), ScriptedPrimary.stream("dump-2.7"),
            ScriptedPrimary.stream("txn-log-up-to-date"), ScriptedPrimary.stream("txn-log-2.3"),
        ])
        let mirror = store.mirror(of: primary.address, key: try ScriptedPrimary.serverKey())
        try await mirror.catchUp()
        #expect(try store.handles == Self.dumped)
        #expect(try store.prefixes == Self.homed)
        #expect(mirror.status.refusedCount == 0)
        guard case .transactions(let question) = primary.requests.withLock({ $0.last }),
            case .markedPosition(let last, let date) = question.known
        else { throw TestFailure("no question for transactions") }
        #expect(last == 3_157)
        #expect(date == 1_795_552_496_977)
        // An older log is no news: what it repeats would take the mirror back.
        await #expect(throws: MirrorError.malformedStream) { try await mirror.catchUp() }
        #expect(try store.handles == Self.dumped)
    }

    @Test("a log from its beginning is a mirror's content: the values that were recorded, name by name")
    func log() async throws {
        let store = try TestMirror()
        let primary = try await ScriptedPrimary(streams: [ScriptedPrimary.stream("txn-log-from-zero")])
        let mirror = store.mirror(of: primary.address, key: try ScriptedPrimary.serverKey())
        try await mirror.catchUp()
        #expect(try store.handles.count == 6)
        let recorded = try Vectors.load("dataset").first { $0.fields["handle"].string == "88.100.1/SN-001136" }
        let values = (recorded?.fields["values_hex"].array ?? []).compactMap(\.hex).flatMap { $0 }
        #expect(try store.values(of: "88.100.1/sn-001136") == values)
        #expect(try store.prefixes == Self.homed)
        #expect(mirror.status.sequence == 3_114)
        #expect(mirror.status.transactionsBehind == 0)
        #expect(mirror.status.secondsBehind(at: mirror.status.toldAt + 500) == 0.5)
    }

    @Test("wherever a stream breaks off, the next one makes it whole", arguments: [0, 1, 3, 5, 9])
    func cut(tenth: Int) async throws {
        let dump = try ScriptedPrimary.stream("dump-2.7")
        let log = try ScriptedPrimary.stream("txn-log-from-zero")
        for (first, second, expected) in [
            (try ScriptedPrimary.stream("txn-log-redump"), dump, Self.dumped), (log, log, []),
        ] {
            let store = try TestMirror()
            let isLog = expected.isEmpty
            let broken = Array(second.prefix(second.count * tenth / 10 + 5))
            let upToDate = try ScriptedPrimary.stream("txn-log-up-to-date")
            let primary = try await ScriptedPrimary(
                streams: isLog ? [broken, second] : [first, broken, first, second, upToDate])
            let mirror = store.mirror(of: primary.address, key: try ScriptedPrimary.serverKey())
            await #expect(throws: ClientError(.closed, server: primary.address)) { try await mirror.catchUp() }
            try await mirror.catchUp()
            #expect(try store.handles.count == (isLog ? 6 : 4))
            #expect(try store.prefixes == Self.homed)
        }
    }

    @Test("a changed byte is refused, and nothing of its record is kept", arguments: [14, 40, 600, 1_500, 6_000])
    func garbage(offset: Int) async throws {
        let store = try TestMirror()
        var log = try ScriptedPrimary.stream("txn-log-from-zero")
        log[offset] ^= 1
        let primary = try await ScriptedPrimary(streams: [log])
        let mirror = store.mirror(of: primary.address, key: try ScriptedPrimary.serverKey())
        await #expect(throws: (any Error).self) { try await mirror.catchUp() }
        #expect(try store.handles == [])
    }

    @Test("another server's key is refused; so is a stream that nobody protects")
    func strangers() async throws {
        let store = try TestMirror()
        var writer = ByteWriter()
        StreamProtection.none.write(to: &writer)
        let primary = try await ScriptedPrimary(streams: [
            ScriptedPrimary.stream("txn-log-from-zero"), writer.bytes,
        ])
        let stranger = store.mirror(of: primary.address, key: try PrivateKey.generateRSA().publicKey())
        await #expect(throws: ClientError(.signature, server: primary.address)) { try await stranger.catchUp() }
        let mirror = store.mirror(of: primary.address, key: try ScriptedPrimary.serverKey())
        await #expect(throws: ClientError(.notSigned, server: primary.address)) { try await mirror.catchUp() }
        #expect(try store.handles == [])
    }
}

@Suite("Pauses between attempts")
struct BackoffTests {
    @Test("pauses grow to five minutes, never all alike, and begin anew after success")
    func pauses() {
        var generator = SeededGenerator(seed: 7)
        var backoff = Backoff()
        let pauses = (0..<12).map { _ in backoff.wait(using: &generator) }
        for (number, pause) in pauses.enumerated() {
            let whole = min(Duration.seconds(1) * (1 << number), .seconds(300))
            #expect(pause > whole / 2 - .milliseconds(1) && pause <= whole)
        }
        #expect(Set(pauses.suffix(4)).count > 1)
        backoff.reset()
        #expect(backoff.wait(using: &generator) <= .seconds(1))
    }
}
