import BanyanAdmin
import HandleProtocol
import OpenSSL
import Synchronization

/// Sessions of the Handle API: a nonce that is to be signed, and who has signed it. In memory, bounded in count and
/// time; the oldest go first.
final class HandleSessions: Sendable {
    static let countMax = 10_000
    /// How long a session may rest.
    static let idleTimeout = Duration.seconds(1_800)

    struct Session: Sendable {
        var identifier: String
        var nonce: [UInt8]
        /// Who has proven himself in it.
        var identity: ValueReference?
        fileprivate var used: ContinuousClock.Instant
    }

    private struct State {
        var sessions: [String: Session] = [:]
        /// Oldest first, from `first` on; also of sessions that are gone or were used since.
        var order: [String] = []
        var first = 0

        mutating func removeOld(at now: ContinuousClock.Instant) {
            while first < order.count {
                if let session = sessions[order[first]] {
                    let isIdle = now - session.used >= HandleSessions.idleTimeout
                    guard isIdle || sessions.count > HandleSessions.countMax else { break }
                    sessions[order[first]] = nil
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

    private let state = Mutex(State())

    func create(at now: ContinuousClock.Instant = .now) throws(OpenSSLError) -> Session {
        let session = Session(
            identifier: String(decoding: Hex.encode(try Random.bytes(count: 16)), as: UTF8.self),
            nonce: try Random.bytes(count: 16), identity: nil, used: now)
        state.withLock { state in
            state.sessions[session.identifier] = session
            state.order.append(session.identifier)
            state.removeOld(at: now)
        }
        return session
    }

    /// The session of that name, used again now.
    func use(_ identifier: String, at now: ContinuousClock.Instant = .now) -> Session? {
        state.withLock { state in
            guard var session = state.sessions[identifier], now - session.used < Self.idleTimeout else { return nil }
            session.used = now
            state.sessions[identifier] = session
            return session
        }
    }

    /// Takes down who has proven himself.
    func bind(_ identifier: String, to identity: ValueReference) {
        state.withLock { $0.sessions[identifier]?.identity = identity }
    }

    /// Ends a session; false where there is none.
    func end(_ identifier: String) -> Bool {
        state.withLock { $0.sessions.removeValue(forKey: identifier) != nil }
    }
}
