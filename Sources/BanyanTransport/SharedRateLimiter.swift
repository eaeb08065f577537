import Synchronization

/// The rate limits of the whole node: whichever worker a datagram meets, its address has one set of buckets.
///
/// In shards by the widest network that is limited, each with a lock of its own: workers meet in one only when they
/// answer the same network, and only addresses that are not exempt come here at all.
final class SharedRateLimiter: Sendable {
    private struct State {
        var limiter: RateLimiter
        /// Networks that were limited, with how often; few, and those that are limited most stay.
        var limited: [IPAddress: UInt64] = [:]
    }

    private final class Shard: Sendable {
        let state: Mutex<State>
        init(_ rates: RateLimits) { state = Mutex(State(limiter: RateLimiter(rates, placeCount: 256))) }
    }

    private static let shardCount = 64
    private static let limitedCountMax = 8
    private let shards: [Shard]
    private let seed = UInt64.random(in: .min ... .max)

    init(_ rates: RateLimits) {
        shards = (0..<Self.shardCount).map { _ in Shard(rates) }
    }

    /// From now on these hold; what buckets hold beyond the new size runs out.
    func setRates(_ rates: RateLimits) {
        for shard in shards { shard.state.withLock { $0.limiter.rates = rates } }
    }

    /// Takes `cost` from the buckets of `address` and of the networks around it; false, and takes nothing, if one of
    /// them does not hold it. `now` in milliseconds.
    func take(_ cost: RateLimiter.Cost, from address: IPAddress, at now: UInt64) -> Bool {
        shard(of: address).state.withLock { state in
            guard !state.limiter.take(cost, from: address, at: now) else { return true }
            Self.note(address.limitedNetwork, in: &state.limited)
            return false
        }
    }

    /// Whether this limited answer is a short refusal: every second is, so that an honest client learns why.
    func refusesAloud(to address: IPAddress) -> Bool {
        shard(of: address).state.withLock { $0.limiter.refusesAloud() }
    }

    /// The networks that were limited most, the first ones most, with about how many answers each did not get.
    var limitedNetworks: [(network: IPAddress, count: UInt64)] {
        shards.flatMap { shard in shard.state.withLock { $0.limited.map { ($0.key, $0.value) } } }
            .sorted { $0.1 > $1.1 }
    }

    private func shard(of address: IPAddress) -> Shard {
        shards[Int(address.limitedNetwork.hash(seed: seed) % UInt64(Self.shardCount))]
    }

    /// Counts the frequent ones exactly enough in little room (Misra and Gries): where a new one finds none, all that
    /// are there lose one.
    private static func note(_ network: IPAddress, in limited: inout [IPAddress: UInt64]) {
        if limited[network] != nil || limited.count < limitedCountMax {
            limited[network, default: 0] += 1
        } else {
            limited = limited.compactMapValues { $0 > 1 ? $0 - 1 : nil }
        }
    }
}

extension IPAddress {
    /// The widest network that has buckets of its own: /24, and /48 of IPv6.
    var limitedNetwork: IPAddress { masked(to: isV4 ? 24 : 48) }
}
