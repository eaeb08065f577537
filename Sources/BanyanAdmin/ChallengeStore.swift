import HandleProtocol
import OpenSSL
import Synchronization

/// A challenge that waits for its answer (RFC 3652 §3.5): what was asked, and what must be proven.
struct PendingChallenge: Sendable {
    /// The request that is done when the answer is right.
    var request: Message
    var peer: Peer
    var nonce: [UInt8]
    /// The digest of the request, without its kind: with the nonce what is signed.
    var requestDigest: [UInt8]
    /// Whether the client knows it by its number; otherwise a session or a connection does.
    var isNumbered = true
}

/// Challenges by the number that names them in envelopes. Bounded in count, bytes and time; the oldest go first.
final class ChallengeStore: Sendable {
    static let countMax = 10_000
    /// Requests that are remembered, in bytes: a stranger may send large ones.
    static let byteCountMax = 64 << 20
    /// How long a challenge may be answered.
    static let lifetime = Duration.seconds(60)

    private struct Entry {
        var challenge: PendingChallenge
        var made: ContinuousClock.Instant
    }

    private struct State {
        let identifiers: IdentifierPool
        var entries: [UInt32: Entry] = [:]
        /// Oldest first, from `first` on; also of challenges that are gone.
        var order: [UInt32] = []
        var first = 0
        var byteCount = 0

        /// Drops what is too old, too many or too much.
        mutating func removeOld(at now: ContinuousClock.Instant) {
            while first < order.count {
                let identifier = order[first]
                if let entry = entries[identifier] {
                    let isTooOld = now - entry.made >= lifetime
                    let isTooMuch =
                        entries.count > countMax || byteCount > byteCountMax
                    guard isTooOld || isTooMuch else { break }
                    entries[identifier] = nil
                    identifiers.release(identifier)
                    byteCount -= entry.challenge.request.body.count
                }
                first += 1
            }
            // Paid for by the entries that were passed over.
            if first > order.count / 2 {
                order.removeFirst(first)
                first = 0
            }
        }
    }

    private let identifiers: IdentifierPool
    private let state: Mutex<State>

    init(identifiers: IdentifierPool = IdentifierPool()) {
        self.identifiers = identifiers
        state = Mutex(State(identifiers: identifiers))
    }

    /// Remembers a challenge and returns its number.
    func insert(_ challenge: PendingChallenge, at now: ContinuousClock.Instant) throws(OpenSSLError) -> UInt32 {
        let identifier = try identifiers.draw()
        return state.withLock { state in
            state.entries[identifier] = Entry(challenge: challenge, made: now)
            state.order.append(identifier)
            state.byteCount += challenge.request.body.count
            state.removeOld(at: now)
            return identifier
        }
    }

    /// The challenge of that number, for the one answer that it may have; nil when there is none, or when it is too
    /// old. It is gone then, whatever the answer was.
    ///
    /// - Parameter isNumbered: Whether it is one that its client knows by this number.
    func take(
        _ identifier: UInt32, isNumbered: Bool = true, at now: ContinuousClock.Instant
    ) -> PendingChallenge? {
        state.withLock { state in
            state.removeOld(at: now)
            guard let entry = state.entries[identifier], entry.challenge.isNumbered == isNumbered else { return nil }
            state.entries[identifier] = nil
            state.identifiers.release(identifier)
            state.byteCount -= entry.challenge.request.body.count
            return entry.challenge
        }
    }

    /// A challenge that its client does not know by a number, which stays.
    func find(_ identifier: UInt32, at now: ContinuousClock.Instant) -> PendingChallenge? {
        state.withLock { state in
            state.removeOld(at: now)
            guard let entry = state.entries[identifier], !entry.challenge.isNumbered else { return nil }
            return entry.challenge
        }
    }

    var count: Int { state.withLock { $0.entries.count } }
}
