internal import BanyanIndex
internal import BanyanRegistry
internal import HandleClient
internal import HandleProtocol
internal import Logging

/// Asks a primary of the reference's kind for the transactions since the last ones. Those that have come are durable
/// with their numbers, set by set: a stream that breaks off loses nothing and repeats nothing.
struct ReferenceFollowing {
    /// Changes that are committed together.
    private static let changeCountGoal = 1_000

    let replication: Replication
    let store: MirrorStore
    let board: MirrorStatusBoard
    let allowsClear: Bool
    let mirror: MirrorPosition
    let logger: Logger

    /// One question, to the end of its answer.
    func ask(after place: ReferencePlace) async throws {
        let request = TransactionsRequest(
            known: .markedPosition(transactionID: place.transactionID, date: place.date), mirror: mirror)
        try await replication.stream(of: .transactions(request)) { reader in
            guard reader.isEncrypted || allowsClear else { throw MirrorError.notEncrypted }
            let header = try await reader.nextHeader()
            guard header.format == 1 else { throw MirrorError.malformedStream }
            guard header.status == .transactionsFollow else { throw MirrorError.dumpNeeded }
            try await take(&reader, after: place)
        }
    }

    private func take(_ reader: inout ReplicationReader, after place: ReferencePlace) async throws {
        var last = place.transactionID
        var set = store.set(Checkpoint(source: ReferencePlace.transactions, position: last))
        let emptyCount = set.changeCount
        while true {
            switch try await reader.nextTransaction() {
            case .transaction(let transaction):
                guard transaction.id > last else { throw MirrorError.malformedStream }
                guard let change = transaction.change else { throw MirrorError.dumpNeeded }
                set.append(change)
                last = transaction.id
                board.change { $0.primarySequence = max($0.primarySequence, transaction.id) }
                guard set.changeCount >= Self.changeCountGoal || set.isFull else { continue }
                try await commit(set, last, transaction.date)
                set = store.set(Checkpoint(source: ReferencePlace.transactions, position: last))
            case .end(let date):
                if set.changeCount > emptyCount || place.transactionID == 0 { try await commit(set, last, date ?? 0) }
                guard let date, date > place.date else { return told(last) }
                try await store.submit(store.set(Checkpoint(source: ReferencePlace.date, position: date)))
                return told(last)
            case .queue, .queueDate: throw MirrorError.malformedStream
            }
        }
    }

    private func commit(_ set: ChangeSet, _ last: UInt64, _ date: UInt64) async throws(MirrorError) {
        var set = set
        set.setCheckpointPosition(last)
        let result = try await store.submit(set)
        let refused = result.rejections.filter { $0.error != .handleNotFound }
        for rejection in refused {
            logger.error("a change of the primary is refused here", metadata: ["reason": "\(rejection.error)"])
        }
        board.change {
            $0.sequence = last
            $0.committedAt = date
            $0.refusedCount += UInt64(refused.count)
        }
    }

    private func told(_ last: UInt64) {
        board.change {
            $0.sequence = last
            $0.primarySequence = last
            $0.toldAt = Clock.milliseconds
        }
    }
}

extension Transaction {
    /// What the transaction comes to here; nil for what only fetching everything makes good.
    var change: Change? {
        switch action {
        case .createHandle, .updateHandle: .put(handle: handle, values: values.wireBytes)
        case .deleteHandle: .delete(handle: handle)
        case .homePrefix: .home(prefix: Handle(handle).folded().localName, caseRule: .insensitive)
        case .unhomePrefix: .unhome(prefix: Handle(handle).folded().localName)
        default: nil
        }
    }
}

extension [HandleValue] {
    /// One behind the other, with their times.
    var wireBytes: [UInt8] {
        var writer = ByteWriter()
        for value in self { value.write(to: &writer) }
        return writer.bytes
    }
}

extension ReplicationReader {
    mutating func nextTransaction() async throws -> TransactionRecord {
        try await next(isSigned: { _ in true }) { reader throws(WireError) in
            try TransactionRecord(parsing: &reader, format: 1)
        }
    }

    mutating func nextDumpRecord() async throws -> DumpRecord {
        try await next(isSigned: \.isSigned) { reader throws(WireError) in try DumpRecord(parsing: &reader) }
    }
}
