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
        guard try await isCommon(base) else { return nil }
        var (common, different) = (base, head + 1)
        while common + 1 < different {
            let middle = common + (different - common) / 2
            if try await isCommon(middle) { common = middle } else { different = middle }
        }
        return common
    }

    private func isCommon(_ sequence: UInt64) async throws -> Bool {
        let place = try index.snapshot().journalPlace(at: sequence)
        guard let place else { return false }
        let position = JournalPosition(sequence: sequence, chain: place.chain.bytes, term: 0)
        let whole = MirrorPosition(hashOption: .wholeHandle, serverCount: 1, position: 0)
        let request = TransactionsRequest(known: .journal(position), mirror: whole)
        return try await replication.stream(of: .transactions(request)) { reader in
            try await reader.nextHeader().status == .transactionsFollow
        }
    }
}
