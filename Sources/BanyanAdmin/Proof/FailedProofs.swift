import HandleProtocol
import Synchronization

/// How often proofs have failed lately, by identity and by address: a secret cannot be guessed by trying.
///
/// Each failure fades within a minute. A dozen clients behind one address that all fail once still pass; an identity
/// may fail more often than an address, since others can make it fail.
final class FailedProofs: Sendable {
    static let addressCountMax = 30.0
    static let identityCountMax = 120.0
    /// Identities and addresses that are remembered; when there are more, those that have faded go, or all.
    static let entryCountMax = 20_000
    private static let window = Duration.seconds(60)

    private struct Address: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private struct Failures {
        var count: Double
        var at: ContinuousClock.Instant

        /// The failures that still count: all at first, none when a window has passed.
        func left(at now: ContinuousClock.Instant) -> Double {
            let passed = (now - at) / FailedProofs.window
            return max(0, count - max(0, passed) * FailedProofs.addressCountMax)
        }
    }

    private struct State {
        var addresses: [Address: Failures] = [:]
        var identities: [Identity: Failures] = [:]

        static func add<Key: Hashable>(
            _ key: Key, to table: inout [Key: Failures], at now: ContinuousClock.Instant
        ) {
            if table.count >= FailedProofs.entryCountMax {
                table = table.filter { $0.value.left(at: now) > 0 }
                if table.count >= FailedProofs.entryCountMax { table.removeAll() }
            }
            table[key] = Failures(count: (table[key]?.left(at: now) ?? 0) + 1, at: now)
        }
    }

    private let state = Mutex(State())
    /// Whether an address is one that no limit holds for.
    private let isExempt: @Sendable (Peer) -> Bool

    init(isExempt: @escaping @Sendable (Peer) -> Bool = \.isLoopback) {
        self.isExempt = isExempt
    }

    /// Throws "too busy" where another proof may not even be tried now.
    func admit(_ identity: Identity, from peer: Peer, at now: ContinuousClock.Instant) throws(Refusal) {
        guard !isExempt(peer) else { return }
        let isAdmitted = state.withLock { state in
            (state.addresses[Address(high: peer.network, low: peer.host)]?.left(at: now) ?? 0) < Self.addressCountMax
                && (state.identities[identity]?.left(at: now) ?? 0) < Self.identityCountMax
        }
        guard isAdmitted else { throw Refusal(.serverTooBusy, "Too many failed authentications; try again later") }
    }

    func count(_ identity: Identity, from peer: Peer, at now: ContinuousClock.Instant) {
        guard !isExempt(peer) else { return }
        state.withLock { state in
            State.add(Address(high: peer.network, low: peer.host), to: &state.addresses, at: now)
            State.add(identity, to: &state.identities, at: now)
        }
    }
}

extension Peer {
    /// What one owner of addresses has: of IPv6 a whole /64.
    fileprivate var network: UInt64 { addressHigh }
    fileprivate var host: UInt64 { isVersion4 ? addressLow : 0 }
}
