import Synchronization

/// The time that the pool may spend on datagrams of addresses that have proven nothing: a quarter of one core, all of
/// them together. Whoever forges his address can use up this, and no more.
final class UnprovenShare: Sendable {
    private struct Account {
        /// Microseconds that may still be spent; negative after work that took longer than was left.
        var left = UnprovenShare.burst
        /// Milliseconds when it was last filled.
        var filled: UInt64 = 0
    }

    /// Microseconds at once, and a second.
    private static let burst: Int64 = 250_000
    private let account = Mutex(Account())

    /// Whether work may begin. `now` in milliseconds.
    func admits(at now: UInt64) -> Bool {
        account.withLock { account in
            let elapsed = Int64(clamping: now - min(now, account.filled))
            account.filled = now
            account.left = min(Self.burst, account.left + min(elapsed, 60_000) * Self.burst / 1_000)
            return account.left > 0
        }
    }

    /// Takes what the work took.
    func spend(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        account.withLock { $0.left -= min(seconds, 60) * 1_000_000 + attoseconds / 1_000_000_000_000 }
    }
}
