import HandleCrypto
import Synchronization

/// What sessions and logins have come to since the start.
public struct SessionFigures: Equatable, Sendable {
    public var sessionsOpen = 0
    public var sessionsSetUp: UInt64 = 0
    /// Of these, by DES or 3DES.
    public var sessionsWithOldCipher: UInt64 = 0
    public var setUpsRefused: UInt64 = 0
    /// Requests without a right authentication code, or that came twice.
    public var messagesRefused: UInt64 = 0
    public var logins: UInt64 = 0
    public var loginsFailed: UInt64 = 0
}

/// Counts them; any thread.
final class SessionCounters: Sendable {
    enum Event {
        case setUp(SessionCipher)
        case setUpRefused, messageRefused, login, loginFailed
    }

    private let figures = Mutex(SessionFigures())

    func count(_ event: Event) {
        figures.withLock { figures in
            switch event {
            case .setUp(let cipher):
                figures.sessionsSetUp += 1
                if cipher.algorithm.isOld { figures.sessionsWithOldCipher += 1 }
            case .setUpRefused: figures.setUpsRefused += 1
            case .messageRefused: figures.messagesRefused += 1
            case .login: figures.logins += 1
            case .loginFailed: figures.loginsFailed += 1
            }
        }
    }

    /// - Parameter open: Sessions that are open now.
    func figures(open: Int) -> SessionFigures {
        figures.withLock { figures in
            figures.sessionsOpen = open
            return figures
        }
    }
}
