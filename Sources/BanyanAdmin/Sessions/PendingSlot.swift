/// The one challenge that a session or a connection waits for an answer to: the last that was made.
struct PendingSlot: Sendable {
    struct Waiting: Sendable {
        var challenge: PendingChallenge
        /// Whether the request's authentication code has been found right: its counter is used up then.
        var isAuthentic: Bool
        var made: ContinuousClock.Instant
    }

    private var waiting: Waiting?

    mutating func set(_ challenge: PendingChallenge, isAuthentic: Bool, at now: ContinuousClock.Instant) {
        waiting = Waiting(challenge: challenge, isAuthentic: isAuthentic, made: now)
    }

    /// The challenge, for the one answer that it may have; nil when there is none, or when it is too old.
    mutating func take(at now: ContinuousClock.Instant) -> Waiting? {
        defer { waiting = nil }
        guard let waiting, now - waiting.made < ChallengeStore.lifetime else { return nil }
        return waiting
    }
}
