import HandleProtocol
import Synchronization

/// What belongs to one connection alone: a login, and a session whose key was encrypted for a handle's key. The clients
/// that do so number their sessions by themselves, or not at all (RFC-notes.md): who has the connection has both.
final class Connection: Sendable {
    private struct Contents {
        var login = LoginStateMachine()
        var session: Session?
        var pending = PendingReferences()
    }

    private let contents = Mutex(Contents())

    /// Whether requests on it belong to it, whatever session they name.
    var isBound: Bool { contents.withLock { $0.login.isUnderWay || $0.session != nil } }

    /// Who has logged in.
    var identity: Identity? { contents.withLock { $0.login.identity } }

    /// Whether its client has tried a login, of either kind.
    var hasTriedLogin: Bool { contents.withLock { $0.login.wasTried } }

    /// The session that belongs to it, unless its time is over.
    func session(at now: ContinuousClock.Instant) -> Session? {
        contents.withLock { contents in
            if let session = contents.session, now >= session.expiry { contents.session = nil }
            return contents.session
        }
    }

    /// A session takes the place of the one before.
    func setSession(_ session: Session?) {
        contents.withLock { $0.session = session }
    }

    func holds(_ session: Session) -> Bool {
        contents.withLock { $0.session === session }
    }

    func requestLogin(_ identity: Identity) -> LoginStateMachine.Answer {
        contents.withLock { $0.login.requested(by: identity) }
    }

    func provenByPassword(_ identity: Identity) {
        contents.withLock { $0.login.provenByPassword(identity) }
    }

    func refuseLogin() {
        contents.withLock { $0.login.refused() }
    }

    func proven(_ identity: Identity) -> Bool {
        contents.withLock { $0.login.proven(identity) }
    }

    func loginFailed() {
        contents.withLock { $0.login.failed() }
    }

    /// What is waited for, oldest first.
    var pending: [PendingReference] { contents.withLock { $0.pending.list } }

    /// Waits for an answer to another challenge; the one that is not waited for any more, if that makes too many.
    func wait(for pending: PendingReference) -> PendingReference? {
        contents.withLock { $0.pending.append(pending) }
    }

    /// Waits for it no longer.
    func forget(_ identifier: UInt32) {
        contents.withLock { $0.pending.remove(identifier) }
    }
}

/// The connections that have something of their own, by their number. Whoever numbers them says when one has closed.
final class ConnectionStore: Sendable {
    private let connections = Mutex<[UInt64: Connection]>([:])

    func find(_ number: UInt64) -> Connection? {
        connections.withLock { $0[number] }
    }

    func obtain(_ number: UInt64) -> Connection {
        connections.withLock { connections in
            if let connection = connections[number] { return connection }
            let connection = Connection()
            connections[number] = connection
            return connection
        }
    }

    func close(_ number: UInt64) {
        connections.withLock { _ = $0.removeValue(forKey: number) }
    }

    var count: Int { connections.withLock { $0.count } }
}
