public import BanyanIndex
public import HandleClient
internal import HandleProtocol

/// Where this node's journal and another's part: found by asking for places in between, about twenty times for a
/// million entries.
public struct JournalSurplus: Sendable {
    private let index: HandleIndex
    private let replication: Replication

    public init(of index: HandleIndex, against replication: Replication) {
        self.index = index
        self.replication = replication
    }

    /// The sequence of the last entry that both have; nil where our journal no longer reaches back to one.
    public func lastCommonSequence() async throws -> UInt64? {
        let snapshot = try index.snapshot()
        let (base, head) = (try snapshot.journalBase().sequence, try snapshot.journalHead().sequence)
        var last = try await comparison(at: base)
        guard last != .different else { return nil }
        var (common, different) = (base, head + 1)
        while common + 1 < different {
            let middle = common + (different - common) / 2
            let found = try await comparison(at: middle)
            if found == .different { different = middle } else { (common, last) = (middle, found) }
        }
        return last == .same ? common : nil
    }

    private enum Comparison { case same, different, beforeTheirs }

    /// The other journal may begin later than ours: what lies before it cannot be compared, and is as far as it goes.
    private func comparison(at sequence: UInt64) async throws -> Comparison {
        let place = try index.snapshot().journalPlace(at: sequence)
        guard let place else { return .different }
        let position = JournalPosition(sequence: sequence, chain: place.chain.bytes, term: 0)
        let whole = MirrorPosition.whole
        let request = TransactionsRequest(known: .journal(position), mirror: whole)
        return try await replication.stream(of: .transactions(request)) { reader in
            switch try await reader.nextHeader().status {
            case .transactionsFollow: .same
            case .dumpNeeded: .beforeTheirs
            default: .different
            }
        }
    }
}
