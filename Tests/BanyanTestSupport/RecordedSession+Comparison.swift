import HandleCrypto
import HandleProtocol
public import OpenSSL

/// Comparing a step of a live session with the recorded one.
extension RecordedSession.Step {
    /// What differs, in words; nil when nothing does that matters.
    /// - Parameter serverKey: What the server's signatures are checked by.
    public func difference(serverKey: PublicKey) throws -> String? {
        guard isLiveSealed == isRecordedSealed else { return "encrypted: \(isLiveSealed)" }
        if let difference = try differenceOfCredentials(serverKey: serverKey) { return difference }
        let (one, other) = (try comparable(live, liveSession), try comparable(recorded, recordedSession))
        guard one != other else { return nil }
        return """
            \(one.header) \(one.envelope) \(String(decoding: one.body, as: UTF8.self)) instead of
            \(other.header) \(other.envelope) \(String(decoding: other.body, as: UTF8.self))
            """
    }

    /// The same kind with the same counter, and right.
    private func differenceOfCredentials(serverKey: PublicKey) throws -> String? {
        let (one, other) = (try live.credential.parsed(), try recorded.credential.parsed())
        guard one?.type == other?.type, one?.sessionCounter == other?.sessionCounter,
            one?.digestName == other?.digestName
        else { return "credential \(String(describing: one)) instead of \(String(describing: other))" }
        guard let one else { return nil }
        let isRight =
            one.type == Credential.authenticated
            ? cipher.map { MessageCertificate.isAuthentic(live, one, sessionKey: $0.key) } ?? false
            : MessageCertificate.isSigned(live, one, by: serverKey)
        return isRight ? nil : "the credential is wrong"
    }

    /// Without what no two conversations have alike: numbers of sessions, times, nonces, keys, digests of such.
    private func comparable(_ message: Message, _ session: UInt32) throws -> Message {
        var message = message
        message.header.expiration = 0
        if message.header.responseCode == .authenticationNeeded || message.envelope.sessionID == session {
            message.envelope.sessionID = 0
        }
        message.credential = .none
        message.envelope.flags.remove(.truncated)
        var answer = try Answer(parsing: message, digestAsked: request.header.flags.contains(.requestDigest))
        answer.digest = answer.digest.map { digest in
            switch digest {
            case .ofKind(let kind, _): .ofKind(kind, [])
            case .counted: .counted([])
            case .unflagged: .unflagged([])
            }
        }
        switch answer.body {
        case .challenge(var challenge):
            challenge.nonce = []
            if challenge.digest != nil { challenge.digest = [] }
            answer.body = .challenge(challenge)
        case .values(var body):
            for position in body.values.indices { body.values[position].timestamp = 0 }
            answer.body = .values(body)
        case .sessionSetup(var body):
            // The cipher stays; half a key is no longer than its prime, and a zero byte shorter or longer.
            body.data = Array(body.data.prefix(14))
            answer.body = .sessionSetup(body)
        case .error(var body):
            let words = String(decoding: body.message ?? [], as: UTF8.self).split(separator: " ")
            body.message = Array(words.map { $0 == "\(session)" ? "?" : $0 }.joined(separator: " ").utf8)
            answer.body = .error(body)
        default: break
        }
        message.body = answer.bytes()
        return Message(envelope: message.envelope, header: message.header, body: message.body)
    }
}
