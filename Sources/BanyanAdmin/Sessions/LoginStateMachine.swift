/// The login of one connection (Chinese clients; no RFC knows it). It belongs to the connection alone, whatever session
/// the messages name.
///
///  1. A request for login is challenged: those clients take a success without one for an error. Once logged in, one is
///     told so.
///  2. Only the identity that asked, and has proven itself, is logged in; a failed proof ends the attempt.
///  3. Who is logged in is not challenged again: those clients take a challenge for success and lose the write. Nor is
///     who has tried to: he is told to log in first.
struct LoginStateMachine: Equatable, Sendable {
    enum State: Equatable, Sendable {
        /// Nobody has tried.
        case none
        case challenged(Identity)
        case failed
        case loggedIn(Identity)
    }

    enum Answer: Equatable, Sendable {
        case challenge
        case alreadyLoggedIn
    }

    private(set) var state = State.none

    var identity: Identity? {
        guard case .loggedIn(let identity) = state else { return nil }
        return identity
    }

    /// Whether the client has tried a login, of either kind.
    var wasTried: Bool { state != .none }

    /// Whether the connection itself says to whom its requests belong: it has logged in, or is about to.
    var isUnderWay: Bool {
        switch state {
        case .challenged, .loggedIn: true
        case .none, .failed: false
        }
    }

    mutating func requested(by identity: Identity) -> Answer {
        guard self.identity == nil else { return .alreadyLoggedIn }
        state = .challenged(identity)
        return .challenge
    }

    /// Who gave his password, on a connection that nobody else reads: no challenge is needed.
    mutating func provenByPassword(_ identity: Identity) {
        state = .loggedIn(identity)
    }

    /// A login of a kind that is refused, or a wrong password.
    mutating func refused() {
        if state == .none { state = .failed }
    }

    /// Who answered the challenge, proven. True when that logs him in.
    mutating func proven(_ identity: Identity) -> Bool {
        guard state == .challenged(identity) else {
            failed()
            return false
        }
        state = .loggedIn(identity)
        return true
    }

    /// The answer to the challenge proved nothing.
    mutating func failed() {
        if case .challenged = state { state = .failed }
    }
}
