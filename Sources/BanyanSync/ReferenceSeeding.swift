internal import BanyanIndex
internal import BanyanRegistry
internal import HandleClient
internal import HandleProtocol
internal import Logging

/// Fetches everything that a primary of the reference's kind has, in the order of its handles, over what is here:
/// handles that it does not have are deleted. What was broken off goes on behind the last handle that is durable.
struct ReferenceSeeding {
    private static let changeCountGoal = 1_000

    let replication: Replication
    let store: MirrorStore
    let board: MirrorStatusBoard
    let allowsClear: Bool
    let mirror: MirrorPosition
    let logger: Logger

    func run() async throws {
        var seed: ReferenceSeed?
        do throws(IndexError) { seed = try ReferenceSeed.load(from: store.index) } catch {
            throw MirrorError.store(error.description)
        }
        board.change { $0.state = .seeding }
        // Table 2: behind this handle.
        let resume = seed.flatMap { seed in
            seed.lastHandle.isEmpty ? nil : DumpRequest.ResumePoint(handle: seed.lastHandle, table: 2)
        }
        try await replication.stream(of: .dump(DumpRequest(mirror: mirror, resume: resume))) { reader in
            guard reader.isEncrypted || allowsClear else { throw MirrorError.notEncrypted }
            let format = try await reader.next(isSigned: { _ in true }) { reader throws(WireError) in
                try reader.readUInt32("dump format")
            }
            guard format == DumpRecord.format else { throw MirrorError.malformedStream }
            try await take(&reader, resume == nil ? nil : seed)
        }
    }

    private func take(_ reader: inout ReplicationReader, _ begun: ReferenceSeed?) async throws {
        var seed = begun
        var set = store.set()
        var keys: [[UInt8]] = []
        var start = try key(of: begun?.lastHandle ?? [])
        var homed: Set<[UInt8]> = []
        while true {
            switch try await reader.nextDumpRecord() {
            case .thisServer(let date, let last):
                seed = ReferenceSeed(place: ReferencePlace(transactionID: last, date: date))
            case .handle(let name, let values):
                guard var now = seed else { throw MirrorError.malformedStream }
                set.append(.put(handle: name, values: values.wireBytes))
                keys.append(try key(of: name))
                guard set.changeCount >= Self.changeCountGoal || set.isFull else { continue }
                try deleteSurplus(from: start, through: keys.last, keys, into: &set)
                now.lastHandle = name
                set.append(now.change)
                try await commit(set)
                seed = now
                start = keys.last ?? start
                (set, keys) = (store.set(), [])
            case .homedPrefix(let handle):
                homed.insert(Handle(handle).folded().localName)
                set.append(.home(prefix: Handle(handle).folded().localName, caseRule: .insensitive))
            case .handleDate, .prefixDate, .otherServers: continue
            case .end:
                guard let seed else { throw MirrorError.malformedStream }
                try deleteSurplus(from: start, through: nil, keys, into: &set)
                for prefix in try store.read({ (snapshot) throws(IndexError) in try snapshot.prefixes() })
                where !homed.contains(prefix.name) {
                    set.append(.unhome(prefix: prefix.name))
                }
                return try await finish(set, seed.place)
            }
        }
    }

    /// The place is durable before the seed's end is: what breaks off between goes on with the log.
    private func finish(_ set: ChangeSet, _ place: ReferencePlace) async throws(MirrorError) {
        try await commit(set)
        try await store.submit(store.set(Checkpoint(source: ReferencePlace.date, position: place.date)))
        var last = store.set(Checkpoint(source: ReferencePlace.transactions, position: place.transactionID))
        last.append(ReferenceSeed.end)
        try await store.submit(last)
    }

    private func commit(_ set: ChangeSet) async throws(MirrorError) {
        let result = try await store.submit(set)
        for rejection in result.rejections {
            logger.error("a record of the primary is refused here", metadata: ["reason": "\(rejection.error)"])
        }
        board.change { $0.refusedCount += UInt64(result.rejections.count) }
    }

    private func key(of handle: [UInt8]) throws(MirrorError) -> [UInt8] {
        guard !handle.isEmpty else { return [] }
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive) else { throw .malformedStream }
        return key.bytes.array
    }

    private func deleteSurplus(
        from start: [UInt8], through end: [UInt8]?, _ sent: [[UInt8]], into set: inout ChangeSet
    ) throws(MirrorError) {
        let surplus = try store.names(from: start, through: end, butNot: sent)
        for name in surplus { set.append(.delete(handle: name)) }
    }
}
