import BanyanIndex
import HandleProtocol

extension Evaluation {
    /// Sends the changes since what a mirror has (opcode 1001), to those who may replicate.
    mutating func retrieveTransactions(
        _ body: TransactionsRequest, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Plan {
        guard identity != nil else { return .needsProof }
        try requireReplicationAdministrator(in: snapshot)
        if case .states = body.known {
            // A mirror of several primaries: the reference answers so where it follows none itself.
            return .refused(Refusal(.error, "Server error processing request, see server logs"))
        }
        return .stream(.transactions(body))
    }

    /// Refuses who is neither among the replication's administrators nor among the server's.
    mutating func requireReplicationAdministrator(in snapshot: borrowing IndexSnapshot) throws(Refusal) {
        guard try authority.isReplicationAdministrator(in: snapshot) else { throw Refusal(.notAdministrator) }
    }
}

/// What streams to a mirror.
enum StreamRequest: Sendable {
    case transactions(TransactionsRequest)
    case dump(DumpRequest)

    /// What is said before the stream begins.
    var announcement: AnswerBody {
        switch self {
        case .transactions: .stream(StreamAnnouncement())
        case .dump: .empty(surplus: [])
        }
    }
}

/// Whether the journal reaches back to what a mirror has, by the reference's rule:
///
///  1. A mirror that has nothing may begin with the log when its first transaction is still there and not older than
///     ten days; otherwise it is told to fetch everything.
///  2. The log's beginning must not be later than the mirror's last question; but by a day when the log's first
///     transaction is exactly the mirror's next.
///  3. Ours: a mirror that has more than there is here must fetch everything: this server has lost its end.
enum LogReach {
    private static let day: UInt64 = 86_400_000

    static func suffices(
        last: UInt64, date: UInt64, in snapshot: borrowing IndexSnapshot, at now: UInt64
    ) throws(IndexError) -> Bool {
        let head = try snapshot.journalHead().sequence
        guard last <= head else { return false }
        guard let oldest = try snapshot.oldestEntry() else { return last == head && last > 0 }
        guard last > 0 else { return oldest.sequence == 1 && oldest.time + 10 * day > now }
        if oldest.time <= date { return true }
        return oldest.sequence == last + 1 && oldest.time <= date + day
    }
}
