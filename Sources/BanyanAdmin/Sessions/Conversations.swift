import HandleCrypto
import HandleProtocol
import OpenSSL

/// Sessions and logins (RFC 3652 §3.8): finds what requests belong to, opens what is encrypted, and protects answers.
final class Conversations: Sendable {
    let sessions: SessionStore
    let connections = ConnectionStore()
    let counters = SessionCounters()
    private let signer: MessageSigner
    private let faults: FaultLog

    init(identifiers: IdentifierPool, signer: MessageSigner, faults: FaultLog) {
        sessions = SessionStore(identifiers: identifiers)
        self.signer = signer
        self.faults = faults
    }

    var figures: SessionFigures { counters.figures(open: sessions.count) }

    // MARK: Requests

    /// What a request in clear belongs to.
    func conversation(of envelope: Envelope, from peer: Peer, at now: Moment) -> Conversation {
        let connection = peer.connection.flatMap(connections.find)
        let session = sessions.find(envelope.sessionID, at: now.instant)
        return Conversation(
            session: session ?? connection?.session(at: now.instant), connection: connection,
            isNumbered: session != nil)
    }

    enum Opening {
        case opened(Message, Conversation)
        case refused(Message)
    }

    /// Opens an encrypted request; its authentication code is another matter. Without a session nothing opens, and
    /// nothing of the request comes back. Clients whose session is their connection's send no codes.
    func open(_ sealed: SealedMessage, from peer: Peer, at now: Moment) -> Opening {
        var conversation = conversation(of: sealed.envelope, from: peer, at: now)
        guard let session = conversation.session, let cipher = session.cipher else {
            return .refused(Self.withoutSession(sealed.envelope, at: now))
        }
        var envelope = sealed.envelope
        envelope.flags.remove(.encrypted)
        guard let content = try? cipher.decrypt(sealed.ciphertext, version: envelope.version),
            let request = try? Message(envelope: envelope, content: content.rawSpan),
            request.header.responseCode == .request, request.header.opCode.rawValue != 0
        else {
            counters.count(.messageRefused)
            return .refused(
                AnswerDraft.undecodable(
                    .invalidSessionKey, "Unable to decrypt request message.", at: now.seconds))
        }
        conversation.isAuthentic = !conversation.isNumbered
        return .opened(request, conversation)
    }

    private static func withoutSession(_ envelope: Envelope, at now: Moment) -> Message {
        envelope.sessionID == 0
            ? AnswerDraft.undecodable(
                .sessionFailed, "Invalid session id. Unable to decrypt request message.", at: now.seconds)
            : AnswerDraft.undecodable(
                .sessionTimeout,
                "Session information not available or time out. Unable to decrypt request message.", at: now.seconds)
    }

    // MARK: Answers

    /// Whether protecting the answer will take the millisecond of a signature.
    func isSlow(_ answer: Message, in conversation: Conversation) -> Bool {
        signer.isNeeded(for: answer) && !isAuthenticated(answer, in: conversation)
    }

    /// The answer as it is sent: signed or authenticated where CERT asked for it, encrypted where ENCR did and a
    /// session is there to do it.
    func protect(_ answer: Message, in conversation: Conversation) -> [UInt8] {
        var answer = answer
        if let session = conversation.session, isAuthenticated(answer, in: conversation) {
            if let credential = session.authenticate(answer) { answer.credential = CredentialField(credential) }
        } else {
            answer = signer.signedIfAsked(answer)
        }
        guard answer.header.flags.contains(.encrypt), let cipher = conversation.session?.cipher else {
            return answer.bytes()
        }
        do throws(CryptoError) {
            let ciphertext = try cipher.encrypt(answer.content(), version: answer.envelope.version)
            return SealedMessage(envelope: answer.envelope, ciphertext: ciphertext).bytes()
        } catch {
            // What was to be secret is not sent in clear.
            faults.report("an answer cannot be encrypted", ["error": "\(error)"])
            answer.header.responseCode = .error
            answer.body = Answer(.error(ErrorBody(message: ""))).bytes()
            answer.header.flags.subtract([.encrypt, .requestDigest])
            answer.credential = .none
            return answer.bytes()
        }
    }

    /// In a session CERT asks for a code by the session's key, but where the key is only being agreed on or has ended
    /// (RFC 3652 §2.2.4).
    private func isAuthenticated(_ answer: Message, in conversation: Conversation) -> Bool {
        guard answer.header.flags.contains(.certify), conversation.isNumbered || conversation.isAuthentic,
            !conversation.isEnding, answer.header.opCode != .sessionSetup,
            answer.header.opCode != .sessionExchangeKey
        else { return false }
        return conversation.session?.cipher != nil
    }
}
