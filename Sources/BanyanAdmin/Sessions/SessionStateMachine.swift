import HandleCrypto
import HandleProtocol

/// What a session is at, and what may follow (RFC 3652 §3.8). It holds no clock, no cipher and no store: whoever has
/// checked a message's authentication code tells what came of it.
///
///  1. A session begins with its key, or waits for the client's.
///  2. With its key it is anybody's, until the identity that was named at its set-up has answered a challenge in it;
///     another's answer leaves it so.
///  3. From 2.5 on no message counts twice.
struct SessionStateMachine: Equatable, Sendable {
    enum State: Equatable, Sendable {
        /// The client has our public key, and owes us the session's key.
        case awaitingKey
        case anonymous
        case authenticated(Identity)
        case closed
    }

    /// How a request's authentication code was found.
    enum Code: Equatable, Sendable {
        case missing
        case wrong
        case right(counter: UInt32)
    }

    enum Verdict: Equatable, Sendable {
        case accepted
        case codeMissing
        case codeWrong
        case repeated(counter: UInt32)
        /// There is no session any more, or not yet.
        case noSession
    }

    private(set) var state: State
    /// Nil: nobody in particular; such a session stays anonymous.
    private let named: Identity?
    private var counters = CounterWindow()
    private var answerCount: UInt32 = 0

    /// - Parameter named: Who said at the set-up that he will administer in this session.
    init(named: Identity?, hasKey: Bool) {
        self.named = named
        state = hasKey ? .anonymous : .awaitingKey
    }

    /// Who has proven himself in this session.
    var identity: Identity? {
        guard case .authenticated(let identity) = state else { return nil }
        return identity
    }

    /// The client's key has come; true for the one that counts, the first.
    mutating func keyReceived() -> Bool {
        guard state == .awaitingKey else { return false }
        state = .anonymous
        return true
    }

    /// - Parameter countsMessages: Whether the message's version has counters: from 2.5 on.
    mutating func requestReceived(_ code: Code, countsMessages: Bool) -> Verdict {
        switch (state, code) {
        case (.awaitingKey, _), (.closed, _): return .noSession
        case (_, .missing): return .codeMissing
        case (_, .wrong): return .codeWrong
        case (_, .right(let counter)):
            return !countsMessages || counters.take(counter) ? .accepted : .repeated(counter: counter)
        }
    }

    /// Someone has answered a challenge in this session. Who named no key at the set-up, by index 0, is from then on
    /// the one of the key that has proven him.
    mutating func proven(_ identity: Identity, by key: Identity? = nil) {
        guard state == .anonymous, identity == named else { return }
        state = .authenticated(key ?? identity)
    }

    /// The counter of the next answer that carries a code: from 1 on.
    mutating func nextCounter() -> UInt32 {
        answerCount &+= 1
        return answerCount
    }

    /// True if it was open.
    mutating func terminate() -> Bool {
        defer { state = .closed }
        return state != .closed
    }
}
