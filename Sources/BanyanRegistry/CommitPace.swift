/// How long the commit thread waits for more before it commits: one fsync for all is worth a part of an fsync.
///
/// Whoever was answered will ask again, and so will those who came meanwhile: so many are expected. Somebody who is
/// alone is never waited for.
struct CommitPace {
    /// No longer than this, however slow the disk is.
    static let patienceMax = Duration.milliseconds(5)

    /// Registrations that should be in the next transaction.
    private(set) var expectedCount = 1
    /// How long to wait for them.
    private(set) var patience = Duration.zero

    /// - Parameter waitingCount: Those that came while the transaction was committed.
    mutating func committed(_ count: Int, in time: Duration, meanwhile waitingCount: Int, isBulk: Bool) {
        expectedCount = min((isBulk ? 0 : count) + waitingCount, CommitThread.setCountMax)
        patience = min(time / 2, Self.patienceMax)
    }
}
