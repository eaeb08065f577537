import BanyanIndex
import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import CAllocations
import HandleProtocol

/// The index that the golden exchanges were recorded against, and a resolver over it, without any socket.
struct DatasetNode: ~Copyable {
    private let folder: TemporaryFolder
    private let registrar: Registrar
    private var snapshot: IndexSnapshot
    private var resolver: Resolver

    init(handsOffSignatures: Bool = true, tableByteCount: Int = 0) throws {
        let folder = try TemporaryFolder()
        let changes = ChangeNumbers(seed: 1)
        let registrar = try Self.load(into: folder, observer: changes)
        let snapshot = try registrar.index.snapshot()
        self.folder = folder
        self.registrar = registrar
        self.snapshot = snapshot
        resolver = Resolver(
            handsOffSignatures: handsOffSignatures, changes: changes, tableByteCount: tableByteCount)
    }

    private static func load(into folder: TemporaryFolder, observer: ChangeNumbers) throws -> Registrar {
        _ = try HandleIndex(directory: folder.path, access: .create)
        let registrar = try Registrar(directory: folder.path, observer: observer)
        var set = ChangeSet(onConflict: .replace)
        for line in try Vectors.load("dataset") {
            if let site = line.fields["siteinfo_hex"].hex {
                set.append(.setSite(record: site, serverPosition: 0))
            } else if let prefix = line.fields["homed"].string {
                set.append(.home(prefix: Array(prefix.dropFirst(5).utf8), caseRule: .insensitive))
            } else if let handle = line.fields["handle"].string {
                let values = line.fields["values_hex"].array?.compactMap(\.hex).flatMap { $0 } ?? []
                set.append(.put(handle: Array(handle.utf8), values: values))
            }
            if set.isFull {
                try submit(set, to: registrar)
                set.removeAll()
            }
        }
        try submit(set, to: registrar)
        return registrar
    }

    /// Changes the index as a registration does, and waits until it is committed.
    func submit(_ change: Change) throws {
        var set = ChangeSet(onConflict: .replace)
        set.append(change)
        try Self.submit(set, to: registrar)
    }

    private static func submit(_ set: ChangeSet, to registrar: Registrar) throws {
        let result = try registrar.submit(set)
        guard result.rejections.isEmpty else { throw result.rejections[0].error }
    }

    var counters: ResolverCounters { resolver.counters }

    /// Envelope and message of the answer, and what became of the request.
    mutating func answer(
        _ request: [UInt8], over transport: TransportKind = .datagram,
        capacity: Int = Resolver.largestResponseByteCount
    ) throws -> (outcome: Outcome, response: [UInt8]) {
        try resolver.renew(&snapshot)
        var outcome = Outcome.drop
        let response = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var output = OutputRawSpan(buffer: UnsafeMutableRawBufferPointer(buffer), initializedCount: 0)
            outcome = resolver.answer(
                request.span.bytes, over: transport, from: snapshot, at: 1_795_552_472, into: &output)
            count = output.finalize(for: UnsafeMutableRawBufferPointer(buffer))
        }
        return (outcome, response)
    }

    /// How often renewing the snapshot and answering one datagram take memory.
    mutating func allocationCount(answering request: [UInt8]) throws -> UInt64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 64)
        defer { buffer.deallocate() }
        var output = OutputRawSpan(buffer: buffer, initializedCount: 0)
        let before = allocation_count()
        try resolver.renew(&snapshot)
        resolver.lookAhead(at: resolver.lookAhead(request.span.bytes))
        let outcome = resolver.answer(
            request.span.bytes, over: .datagram, from: snapshot, at: 1_795_552_472, into: &output)
        let after = allocation_count()
        guard outcome == .reply else { throw UnexpectedOutcome(outcome: outcome) }
        return after - before
    }

    struct UnexpectedOutcome: Error { let outcome: Outcome }
}

/// The answer without what no two servers have alike: the expiration.
func masked(_ response: [UInt8]) -> [UInt8] {
    guard response.count >= 40 else { return response }
    return response[..<36] + [0, 0, 0, 0] + response[40...]
}

/// Datagrams of one message put together: one envelope, as on a stream.
func joined(_ packets: [[UInt8]], isFragment: Bool) -> [UInt8] {
    guard packets.count > 1 else { return packets.first ?? [] }
    let sorted = packets.sorted { $0[15] < $1[15] }
    var envelope = Array(sorted[0][..<20])
    if !isFragment { envelope[2] &= ~0x20 }
    var seen: Set<UInt8> = []
    return sorted.filter { seen.insert($0[15]).inserted }.reduce(envelope) { $0 + $1[20...] }
}
