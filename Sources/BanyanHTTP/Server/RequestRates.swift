import BanyanTransport
import Synchronization

/// How often each address may ask: so many requests a second, and so many at once after a pause. Of IPv6 a /64 counts
/// as one address: that is what one owner has.
final class RequestRates: Sendable {
    /// Addresses that are remembered; when there are more, those that have rested go, or all.
    static let entryCountMax = 20_000

    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let perSecond: Double
    private let burst: Double
    private let exempt: [Network]
    private let buckets = Mutex<[IPAddress: Bucket]>([:])

    init(perSecond: Int, burst: Int, exempt: [Network]) {
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        self.exempt = exempt
    }

    /// Takes one request from what the address has left; false where it has none.
    func admit(_ address: IPAddress, at now: ContinuousClock.Instant) -> Bool {
        guard !exempt.contains(where: { $0.contains(address) }) else { return true }
        let owner = address.isV4 ? address : IPAddress(high: address.high, low: 0)
        return buckets.withLock { buckets in
            if buckets.count >= Self.entryCountMax, buckets[owner] == nil {
                buckets = buckets.filter { tokens(in: $0.value, at: now) < burst }
                if buckets.count >= Self.entryCountMax { buckets.removeAll() }
            }
            let left = buckets[owner].map { tokens(in: $0, at: now) } ?? burst
            guard left >= 1 else { return false }
            buckets[owner] = Bucket(tokens: left - 1, at: now)
            return true
        }
    }

    private func tokens(in bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
        min(burst, bucket.tokens + max(0, (now - bucket.at) / .seconds(1)) * perSecond)
    }
}
