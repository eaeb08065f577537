public import HandleProtocol
public import TLSChannel

/// Why there is no answer. The text says what happened and what to do next; no value is ever in it.
public struct ClientError: Error, Equatable, Sendable {
    public enum Code: Sendable, Equatable {
        case unknownHost
        /// Nobody listens there, or the network says that it cannot be reached.
        case refused
        case timedOut
        /// The connection ended before the answer did.
        case closed
        case cancelled
        /// The answer's bytes are not an answer.
        case malformedAnswer
        /// Another request's id, or another operation.
        case answerToAnother
        /// The answer's expiration is past, by our clock.
        case expiredAnswer
        /// Asked for, not there or not ours.
        case requestDigest
        /// Asked for, not there.
        case notSigned
        /// There, and wrong.
        case signature
        /// The server's key is not known, or of a kind that we do not know.
        case serverKey
        case requestTooLong
        case referralLoop
        case tooManyReferrals
        /// A referral, or a prefix's record, that names no site that can be reached.
        case noSite
        /// The connection ended, or time ran out, after the proof was sent: what was asked for may be done.
        case unknownOutcome
        /// No proof can be made with the key.
        case unusableKey
        /// No TLS connection, or one that broke.
        case tls(TLSError)
        /// The server does not set up the session, or the login.
        case sessionRefused(ResponseCode)
        /// The server does not take the proof of who asks.
        case identityRefused(ResponseCode)
        /// An answer that is not the session's: its code is missing, wrong or repeated, or it does not decrypt.
        case notOfSession
        /// The server does not know the session any more.
        case sessionLost
        /// The session takes no more requests: it is being closed, or its connection has ended. This one was not sent.
        case sessionEnded
    }

    public var code: Code
    /// The server that was asked.
    public var server: ServerAddress?

    public init(_ code: Code, server: ServerAddress? = nil) {
        self.code = code
        self.server = server
    }

    /// Whether another server might still answer.
    public var isUnreachable: Bool {
        switch code {
        case .unknownHost, .refused, .timedOut, .closed: true
        case .tls(let error): !error.isDistrust
        default: false
        }
    }
}

extension TLSError {
    /// The other side is there, and is not who it should be.
    public var isDistrust: Bool {
        if case .peerRefused = self { true } else { false }
    }
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        let who = server.map { "\($0)" } ?? "the server"
        return switch code {
        case .unknownHost: "\(who): no such host; give a numeric address, or check the name"
        case .refused: "\(who) refuses: is a Handle server running there, and is the port right?"
        case .timedOut: "\(who) does not answer; check address, port and firewall, or try --tcp"
        case .closed: "\(who) closed the connection before its answer was whole; try again, or ask its operator"
        case .cancelled: "cancelled"
        case .malformedAnswer: "\(who) sent bytes that are no Handle answer; is it a Handle server?"
        case .answerToAnother: "\(who) answered another request than ours; try --tcp"
        case .expiredAnswer: "\(who) sent an answer that has expired; compare the clocks of both machines"
        case .requestDigest: "\(who) did not prove that it answers our request; do not trust the answer, try --tcp"
        case .notSigned: "\(who) did not sign its answer; ask without --certify if that is acceptable"
        case .signature: "\(who)'s signature is wrong: do not trust the answer"
        case .serverKey: "\(who)'s public key is not known, so its signature proves nothing"
        case .requestTooLong: "the request is longer than a Handle message may be; ask for fewer values"
        case .referralLoop: "referrals lead in a circle at \(who); tell the operator of the prefix"
        case .tooManyReferrals: "too many referrals, the last at \(who); tell the operator of the prefix"
        case .noSite: "\(who) names no site that can be reached for this handle; tell the operator of the prefix"
        case .unknownOutcome:
            "\(who) took the request but did not say what became of it; look with banyan resolve before you repeat it"
        case .tls(.peerRefused(let reason)):
            "\(who)'s certificate is not believed (\(reason)): compare name, date and authority; nothing was sent"
        case .tls(let error): "\(who): \(error); is TLS spoken at that port?"
        case .sessionRefused(let code):
            "\(who) sets up no session (code \(code.rawValue)); try the other kind (--login), or banyan create"
        case .identityRefused(let code):
            "\(who) does not take the administrator's proof (code \(code.rawValue)); does --key belong to --admin? "
                + "See banyan key inspect"
        case .notOfSession: "\(who) sent an answer that does not belong to the session: do not trust it"
        case .sessionLost: "\(who) does not know the session any more; open another one"
        case .sessionEnded: "the session with \(who) has ended; open another one"
        case .unusableKey: "no proof can be made with that key; use a secret key, or an RSA, DSA or SM2 private key"
        }
    }
}
