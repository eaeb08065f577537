import HandleCrypto
import HandleProtocol
import OpenSSL
import Synchronization

/// Sessions by the number that names them in envelopes. Bounded in count and time. When there are too many, the oldest
/// goes in which nobody has proven who he is: a stranger who sets up sessions can so end only those of strangers.
final class SessionStore: Sendable {
    static let countMax = 10_000
    /// How long a session may last, whatever its client wants.
    static let lifetimeMax = Duration.seconds(86_400)
    /// How long it may be unused.
    static let idleTimeout = Duration.seconds(900)

    fileprivate struct State {
        var sessions: [UInt32: Session] = [:]
        /// Oldest first, from `first` on; also those that are gone.
        var order: [UInt32] = []
        var first = 0
        /// Those that were found to be somebody's when their turn came.
        var proven: [UInt32] = []
    }

    private let identifiers: IdentifierPool
    private let state = Mutex(State())

    init(identifiers: IdentifierPool) {
        self.identifiers = identifiers
    }

    /// Opens a session; nil when there are too many, and each is somebody's.
    ///
    /// - Parameter timeout: Seconds; 0 or less, as a signed number, and more than a day is a day.
    func open(
        named: Identity?, cipher: SessionCipher?, timeout: UInt32, at now: ContinuousClock.Instant
    ) throws(OpenSSLError) -> Session? {
        let identifier = try identifiers.draw()
        let session = Session(
            identifier: identifier, named: named, cipher: cipher, expiry: now + Self.lifetime(timeout), at: now)
        let (removed, isOpen) = state.withLock { state in
            state.sessions[identifier] = session
            state.order.append(identifier)
            let removed = state.removeOld(at: now)
            return (removed, state.sessions[identifier] != nil)
        }
        for session in removed { close(session) }
        return isOpen ? session : nil
    }

    static func lifetime(_ timeout: UInt32) -> Duration {
        let seconds = Int32(bitPattern: timeout)
        return seconds <= 0 ? lifetimeMax : min(.seconds(Int(seconds)), lifetimeMax)
    }

    /// The open session of that number, which counts as used by that.
    func find(_ identifier: UInt32, at now: ContinuousClock.Instant) -> Session? {
        guard let session = state.withLock({ $0.sessions[identifier] }) else { return nil }
        guard !session.isOver(at: now) else {
            remove(session)
            return nil
        }
        session.touch(at: now)
        return session
    }

    /// Ends a session.
    func remove(_ session: Session) {
        guard let identifier = session.identifier else { return }
        let removed = state.withLock { $0.sessions.removeValue(forKey: identifier) }
        if let removed { close(removed) }
    }

    var count: Int { state.withLock { $0.sessions.count } }

    private func close(_ session: Session) {
        _ = session.terminate()
        if let identifier = session.identifier { identifiers.release(identifier) }
    }
}

extension SessionStore.State {
    /// Takes out what has ended or is too many, from the oldest on.
    mutating func removeOld(at now: ContinuousClock.Instant) -> [Session] {
        var removed: [Session] = []
        while first < order.count {
            let identifier = order[first]
            if let session = sessions[identifier] {
                let isOver = session.isOver(at: now)
                if !isOver, session.identity != nil {
                    proven.append(identifier)
                } else {
                    if !isOver, sessions.count > SessionStore.countMax { removed += removeProven(at: now) }
                    guard isOver || sessions.count > SessionStore.countMax else { break }
                    sessions[identifier] = nil
                    removed.append(session)
                }
            }
            first += 1
        }
        // Paid for by the entries that were passed over.
        if first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        return removed
    }

    /// Takes out what is somebody's and has ended.
    private mutating func removeProven(at now: ContinuousClock.Instant) -> [Session] {
        var removed: [Session] = []
        proven.removeAll { identifier in
            guard let session = sessions[identifier] else { return true }
            guard session.isOver(at: now) else { return false }
            sessions[identifier] = nil
            removed.append(session)
            return true
        }
        return removed
    }
}

extension Session {
    func isOver(at now: ContinuousClock.Instant) -> Bool {
        now >= expiry || now - lastUse >= SessionStore.idleTimeout
    }
}
