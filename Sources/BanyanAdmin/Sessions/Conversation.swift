import HandleCrypto
import HandleProtocol

/// What a request belongs to, and so who asks it and how its answer is protected.
///
///  1. A session of ours that its number names, if its authentication code or its cipher is right.
///  2. Otherwise what the connection has of its own: a login, or a session whose key it alone tells. Whatever number
///     the request carries comes back.
///  3. Otherwise nothing: a number is refused then.
struct Conversation: Sendable {
    /// The session that the request names, or else its connection's.
    var session: Session?
    /// What the connection has of its own, if anything.
    var connection: Connection?
    /// Whether the request names the session by its number.
    var isNumbered = false
    /// Whether the request came encrypted, and with a right authentication code where it has to have one.
    var isAuthentic = false
    /// Answers are signed by the server although they are in a session: the one that ends it.
    var isEnding = false

    static let none = Conversation()

    /// Whether there is anything that the request belongs to: the answer to a challenge is looked for there, too, and
    /// not by a number of the challenge's own.
    var isAny: Bool { isNumbered || isBound }

    /// Whether the connection speaks for its requests.
    var isBound: Bool { connection?.isBound ?? false }

    /// Who has logged in on the connection.
    var login: Identity? { connection?.identity }

    /// Checks the authentication code of a request of a numbered session, once.
    func check(_ request: Message) throws(Refusal) {
        guard let session, isNumbered, !isAuthentic else { return }
        try session.check(request).check(in: session)
    }

    /// Checks the code of a request that came encrypted: encryption does not tell whether it was changed. The answer to
    /// a challenge may come without, as its proof covers what counts in it, and the end of a session is refused in
    /// words of its own; both look at the code themselves.
    mutating func checkOpened(_ request: Message) throws(Refusal) {
        let operation = request.header.opCode
        guard operation != .challengeAnswer, operation != .sessionTerminate else { return }
        try check(request)
        isAuthentic = true
    }

    /// Who asks: throws unless the request proves that it belongs to the session.
    func asker(of request: Message) throws(Refusal) -> Asker {
        if let session, isNumbered {
            // Nobody is known there yet: the code is looked at when someone has answered a challenge.
            guard let identity = session.identity else { return login.map(Asker.proven) ?? .anyone }
            do throws(Refusal) {
                try check(request)
                return .proven(identity)
            } catch {
                guard let login else { throw error }
                return .proven(login)
            }
        }
        return login.map(Asker.proven) ?? .anyone
    }

    /// Waits here for an answer to another challenge; the one that is not waited for any more, if that makes too many.
    func wait(for pending: PendingReference) -> PendingReference? {
        isNumbered ? session?.wait(for: pending) : connection?.wait(for: pending)
    }
}

extension SessionStateMachine.Verdict {
    /// Throws what a request is told that does not belong to the session.
    func check(in session: Session) throws(Refusal) {
        switch self {
        case .accepted: return
        case .codeMissing: throw Refusal(.invalidCredential, "Session request missing MAC code.")
        case .codeWrong: throw Refusal(.invalidSessionKey, "Session authentication failed.")
        case .repeated(let counter):
            throw Refusal(
                .sessionMessageRejected,
                "Duplicate session counter \(counter) in session \(session.identifier ?? 0)")
        case .noSession:
            throw Refusal(.sessionTimeout, "Invalid session id or session time out. Please try again.")
        }
    }
}
