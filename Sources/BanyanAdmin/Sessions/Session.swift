import HandleCrypto
import HandleProtocol
import OpenSSL
import Synchronization

/// One session: its number, its key, and what it is at. Any thread may use it.
final class Session: Sendable {
    private struct Contents {
        var machine: SessionStateMachine
        var cipher: SessionCipher?
        var pending = PendingReferences()
        var lastUse: ContinuousClock.Instant
    }

    /// The number that envelopes name it by; nil when only its connection tells.
    let identifier: UInt32?
    /// When it ends, however much it is used.
    let expiry: ContinuousClock.Instant
    private let contents: Mutex<Contents>

    /// - Parameters:
    ///   - named: Who is to administer in it.
    ///   - cipher: nil when the client's key has yet to come.
    init(
        identifier: UInt32?, named: Identity?, cipher: SessionCipher?, expiry: ContinuousClock.Instant,
        at now: ContinuousClock.Instant
    ) {
        self.identifier = identifier
        self.expiry = expiry
        contents = Mutex(
            Contents(
                machine: SessionStateMachine(named: named, hasKey: cipher != nil), cipher: cipher, lastUse: now))
    }

    /// What encrypts and authenticates its messages; nil before the key has come.
    var cipher: SessionCipher? { contents.withLock { $0.cipher } }

    /// Who has proven himself in it.
    var identity: Identity? { contents.withLock { $0.machine.identity } }

    var lastUse: ContinuousClock.Instant { contents.withLock { $0.lastUse } }

    func touch(at now: ContinuousClock.Instant) {
        contents.withLock { $0.lastUse = max($0.lastUse, now) }
    }

    /// Takes the client's key; false when there is one.
    func setKey(_ cipher: SessionCipher) -> Bool {
        contents.withLock { contents in
            guard contents.machine.keyReceived() else { return false }
            contents.cipher = cipher
            return true
        }
    }

    /// Checks a request's authentication code, and takes its counter if the code is right.
    func check(_ request: Message) -> SessionStateMachine.Verdict {
        guard let cipher else { return .noSession }
        let code: SessionStateMachine.Code
        // A credential that cannot be read authenticates nothing; one that is not there is another mistake.
        switch Result(catching: { () throws(WireError) in try request.credential.parsed() }) {
        case .failure: code = .wrong
        case .success(nil): code = .missing
        case .success(let credential?):
            code =
                MessageCertificate.isAuthentic(request, credential, sessionKey: cipher.key)
                ? .right(counter: credential.sessionCounter) : .wrong
        }
        let countsMessages = request.envelope.version.hasFeatures(of2: 5)
        return contents.withLock { $0.machine.requestReceived(code, countsMessages: countsMessages) }
    }

    /// Makes an answer authentic by the session's key.
    func authenticate(_ answer: Message) -> Credential? {
        let (cipher, counter) = contents.withLock { contents in
            (contents.cipher, contents.cipher == nil ? 0 : contents.machine.nextCounter())
        }
        guard let cipher else { return nil }
        return MessageCertificate.authenticate(answer, counter: counter, sessionKey: cipher.key)
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

    /// - Parameter key: Who it is by the key that has proven him.
    func proven(_ identity: Identity, by key: Identity? = nil) {
        contents.withLock { $0.machine.proven(identity, by: key) }
    }

    /// True if it was open.
    func terminate() -> Bool {
        contents.withLock { $0.machine.terminate() }
    }
}
