import Synchronization

/// Failed attempts to sign in, of names as of addresses: who fails too often waits, whether or not the name exists.
///
/// Kept in memory, on the monotonic clock; the lock of an account is stored with it besides.
public final class LoginAttempts: Sendable {
    /// Failures within `window` that lock a name, and an address.
    public static let nameFailureMax = 5
    public static let addressFailureMax = 50
    public static let window = Duration.seconds(15 * 60)
    public static let lock = Duration.seconds(15 * 60)
    /// Names and addresses that are remembered; when there are more, those whose time is over go, or all.
    static let entryCountMax = 20_000

    private struct Entry {
        var failureCount = 0
        var since: ContinuousClock.Instant
        var lockedUntil: ContinuousClock.Instant?

        func isOver(at now: ContinuousClock.Instant) -> Bool { (lockedUntil ?? since + window) <= now }
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    /// For how many seconds nobody signs in by that name, or from that address; nil: now.
    public func secondsLocked(name: String, address: String, at now: ContinuousClock.Instant = .now) -> Int? {
        entries.withLock { entries in
            let until = [Self.key(name: name), Self.key(address: address)].compactMap { entries[$0]?.lockedUntil }.max()
            guard let until, until > now else { return nil }
            return max(1, Int((until - now) / .seconds(1)) + 1)
        }
    }

    /// Counts a failure; whether it has locked the name.
    public func fail(name: String, address: String, at now: ContinuousClock.Instant = .now) -> Bool {
        entries.withLock { entries in
            if entries.count + 2 > Self.entryCountMax {
                entries = entries.filter { !$0.value.isOver(at: now) }
                if entries.count + 2 > Self.entryCountMax { entries.removeAll() }
            }
            _ = Self.count(Self.key(address: address), most: Self.addressFailureMax, &entries, now)
            return Self.count(Self.key(name: name), most: Self.nameFailureMax, &entries, now)
        }
    }

    /// Forgets the failures of a name that has signed in.
    public func succeed(name: String) {
        entries.withLock { $0[Self.key(name: name)] = nil }
    }

    private static func count(
        _ key: String, most: Int, _ entries: inout [String: Entry], _ now: ContinuousClock.Instant
    ) -> Bool {
        var entry = entries[key] ?? Entry(since: now)
        if entry.isOver(at: now) { entry = Entry(since: now) }
        entry.failureCount += 1
        let locks = entry.failureCount >= most && entry.lockedUntil == nil
        if locks { entry.lockedUntil = now + lock }
        entries[key] = entry
        return locks
    }

    private static func key(name: String) -> String { "name " + name }
    private static func key(address: String) -> String { "address " + address }
}
