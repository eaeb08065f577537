internal import BanyanIndex
internal import BanyanRegistry
internal import HandleClient
internal import HandleProtocol

/// Follows a primary of our kind: its journal's entries as they are committed, each set of them durable here before the
/// next is read. Ends by an error only, unless only what is there now is wanted.
struct NodeFollowing {
    /// Entries that are committed together while there are more to come.
    private static let entryCountGoal = 3_000

    let replication: Replication
    let store: MirrorStore
    let board: MirrorStatusBoard
    /// Whether a stream that is only signed is taken.
    let allowsClear: Bool
    let mirror: MirrorPosition
    /// Whether to go on when everything is here.
    let follows: Bool

    /// - Parameter whenFollowing: told when the primary has accepted our place.
    func run(whenFollowing: () -> Void) async throws {
        let position = try store.position(follows: follows)
        let request = TransactionsRequest(known: .journal(position), mirror: mirror)
        try await replication.stream(of: .transactions(request)) { reader in
            guard reader.isEncrypted || allowsClear else { throw MirrorError.notEncrypted }
            let header = try await reader.nextHeader()
            guard header.format == NodeStream.journalFormat else { throw MirrorError.malformedStream }
            switch header.status {
            case .transactionsFollow: break
            case .dumpNeeded: throw MirrorError.dumpNeeded
            default:
                guard case .mark(let head, _) = try await reader.nextRecord() else {
                    throw MirrorError.malformedStream
                }
                throw MirrorError.otherPast(primarySequence: head.sequence)
            }
            whenFollowing()
            try await follow(&reader, from: position)
        }
    }

    private func follow(_ reader: inout ReplicationReader, from position: JournalPosition) async throws {
        var set = store.nodeSet()
        var last = position.sequence
        while true {
            switch try await reader.nextRecord() {
            case .entry(let sequence, let bytes, let after):
                guard sequence == last + 1 else { throw MirrorError.malformedStream }
                set.append(.follow(.entry(sequence: sequence, bytes: bytes, after: after)))
                last = sequence
            case .mark(let head, let date):
                guard head.term >= position.term else { throw MirrorError.deposed(term: head.term) }
                // Made the primary meanwhile: nothing more is taken.
                guard try store.read({ (snapshot) throws(IndexError) in try snapshot.isMirror() }) else { return }
                let isMore = head.sequence > last && set.changeCount < Self.entryCountGoal && !set.isFull
                if isMore, !set.isEmpty { continue }
                if !set.isEmpty {
                    try await store.submit(set)
                    set.removeAll()
                }
                board.change {
                    $0.sequence = last
                    $0.primarySequence = head.sequence
                    $0.primaryTerm = head.term
                    $0.toldAt = Clock.milliseconds
                    if head.sequence == last { $0.committedAt = date }
                }
                if !follows, head.sequence <= last { return }
            default: throw MirrorError.malformedStream
            }
        }
    }
}

extension MirrorStore {
    /// Where our journal ends.
    func position(follows: Bool) throws(MirrorError) -> JournalPosition {
        try read { (snapshot) throws(IndexError) in
            let head = try snapshot.journalHead()
            return JournalPosition(
                sequence: head.sequence, chain: head.chain.bytes, term: try snapshot.term(), follows: follows)
        }
    }
}

extension ReplicationReader {
    mutating func nextHeader() async throws -> TransactionStreamHeader {
        // In a stream of our kind the first signature stands behind the first mark.
        try await next(isSigned: { $0.format < NodeStream.journalFormat }) { reader throws(WireError) in
            try TransactionStreamHeader(parsing: &reader)
        }
    }

    mutating func nextRecord() async throws -> NodeRecord {
        try await next(isSigned: \.isSigned) { reader throws(WireError) in try NodeRecord(parsing: &reader) }
    }
}
