public import BanyanIndex
public import BanyanResolver
import HandleCrypto
import HandleProtocol
public import Logging
public import OpenSSL
import Synchronization

/// Answers what the resolver hands off. Any thread may call it; it blocks.
public final class AdminService: Sendable {
    private let index: HandleIndex
    private let signingKey: PrivateKey?
    private let logger: Logger
    private let challenges = ChallengeStore()
    private let retransmissions = RetransmissionCache()
    /// The second in which a fault was last told of: one that repeats itself is one line a second.
    private let faultSecond = Atomic<UInt32>(0)

    /// - Parameter signingKey: The private half of this server's key in the site record; nil leaves every answer
    ///   unsigned, which clients that ask for a signature refuse.
    public init(index: HandleIndex, signingKey: PrivateKey?, logger: Logger) {
        self.index = index
        self.signingKey = signingKey
        self.logger = logger
    }

    /// Whether clients can verify what is signed here: the key is the one that the site record has for this server.
    public var hasKeyOfSite: Bool {
        guard let snapshot = try? index.snapshot(), let server = Self.server(in: snapshot),
            let known = try? PublicKey.parse(value: server.publicKey), let own = try? signingKey?.publicKey()
        else { return false }
        return own.isSame(as: known)
    }

    /// The answer, envelope and message, whole; nil is silence.
    public func answer(_ request: [UInt8], from peer: Peer, over transport: TransportKind) -> [UInt8]? {
        let now = Moment()
        guard transport == .datagram else { return freshAnswer(to: request, from: peer, over: transport, at: now) }
        if let answer = retransmissions.answer(to: request, from: peer, at: now.instant) { return answer }
        let answer = freshAnswer(to: request, from: peer, over: transport, at: now)
        if let answer { retransmissions.insert(answer, to: request, from: peer, at: now.instant) }
        return answer
    }

    private func freshAnswer(
        to received: [UInt8], from peer: Peer, over transport: TransportKind, at now: Moment
    ) -> [UInt8]? {
        let bytes = Self.withoutSurplus(received)
        let snapshot: IndexSnapshot
        do throws(IndexError) { snapshot = try index.snapshot() } catch {
            report("the index cannot be read", ["error": "\(error)"])
            return nil
        }
        if let sealed = try? SealedMessage(parsing: bytes.rawSpan) {
            return answer(sealed: sealed, at: now).bytes()
        }
        let (outcome, unsigned) = resolve(bytes, over: transport, from: snapshot, at: now)
        switch outcome {
        case .drop, .tooLong:
            return nil
        case .reply, .replyAndClose, .replyAndDistrust:
            return signedIfAsked(unsigned)
        case .handOff(let reason):
            guard let request = try? Message(parsing: bytes.rawSpan) else { return nil }
            let draft = AnswerDraft(request: request, site: snapshot.site, now: now.seconds)
            let answer =
                reason == .challenge
                ? challenge(draft, from: peer, at: now)
                : administer(draft, over: transport, from: snapshot, at: now)
            return signedIfAsked(answer.bytes())
        }
    }

    /// Without what stands behind the message that the envelope announces: nobody's bytes.
    private static func withoutSurplus(_ bytes: [UInt8]) -> [UInt8] {
        let end = Envelope.byteCount + Int(bytes.rawSpan.bigEndianUInt32(at: 16))
        return end < bytes.count ? Array(bytes.prefix(end)) : bytes
    }

    // MARK: Answers that only lack their signature

    /// What the resolver answers when it need not care for signatures and sessions.
    ///
    /// A resolution in a session that does not exist is refused later; what some clients put there that is no number
    /// of a session (0, or a negative one) is not looked at, and comes back.
    private func resolve(
        _ bytes: [UInt8], over transport: TransportKind, from snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> (Outcome, [UInt8]) {
        var resolver = Resolver(handsOffSignatures: false)
        var plain = bytes
        let sessionID = bytes.rawSpan.bigEndianUInt32(at: 4)
        let isNoSession = Int32(bitPattern: sessionID) <= 0
        if isNoSession, plain.count >= Envelope.byteCount { plain.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }
        var outcome = Outcome.drop
        var answer = [UInt8](byteCapacity: Resolver.largestResponseByteCount) { output in
            outcome = resolver.answer(plain.rawSpan, over: transport, from: snapshot, at: now.seconds, into: &output)
        }
        if isNoSession, answer.count >= Envelope.byteCount { answer.replaceSubrange(4..<8, with: bytes[4..<8]) }
        if let key = resolver.takeDamagedKey() {
            let name = String(decoding: key.prefix(256), as: UTF8.self)
            report("a record cannot be read", ["key": "\(name)"])
        }
        return (outcome, answer)
    }

    /// The answer with the server's signature, where the flag says that one was asked for. An answer that cannot be
    /// signed goes out without: the client decides.
    private func signedIfAsked(_ answer: [UInt8]) -> [UInt8] {
        guard let signingKey, var message = try? Message(parsing: answer.rawSpan),
            message.header.flags.contains(.certify)
        else { return answer }
        do throws(CryptoError) {
            message.credential = CredentialField(try MessageCertificate.sign(message, with: signingKey))
            return message.bytes()
        } catch {
            report("an answer cannot be signed", ["error": "\(error)"])
            return answer
        }
    }

    // MARK: Challenges and sessions

    /// Asks who the client is, and remembers what it wanted (RFC 3652 §3.5.1).
    private func challenge(_ draft: AnswerDraft, from peer: Peer, at now: Moment) -> Message {
        let digest = RequestDigest(of: draft.request.signedBytes(), for: draft.version)
        do throws(OpenSSLError) {
            let nonce = try Random.bytes(count: 16)
            let pending = PendingChallenge(
                request: draft.request, peer: peer, nonce: nonce, requestDigest: digest.bytes)
            let identifier = try challenges.insert(pending, at: now.instant)
            let isDigestInside = !draft.version.hasFeatures(of2: 1)
            return draft.answer(
                .authenticationNeeded,
                .challenge(Challenge(nonce: nonce, digest: isDigestInside ? digest.bytes : nil)),
                sessionID: identifier)
        } catch {
            report("no challenge can be made", ["error": "\(error)"])
            return draft.answer(.error)
        }
    }

    /// No session is open here, so nothing that is encrypted opens.
    private func answer(sealed: SealedMessage, at now: Moment) -> Message {
        sealed.envelope.sessionID == 0
            ? AnswerDraft.undecodable(
                .sessionFailed, "Invalid session id. Unable to decrypt request message.", at: now.seconds)
            : AnswerDraft.undecodable(
                .sessionTimeout,
                "Session information not available or time out. Unable to decrypt request message.", at: now.seconds)
    }

    /// Logs a fault, at most once a second.
    private func report(_ fault: Logger.Message, _ metadata: Logger.Metadata) {
        let second = Moment().seconds
        guard faultSecond.exchange(second, ordering: .relaxed) != second else { return }
        logger.error(fault, metadata: metadata)
    }

    // MARK: Administration

    /// Everything that is neither resolution nor site information.
    ///
    ///  1. What administers is refused where the site record says that this door only answers queries.
    ///  2. A body that cannot be read: protocol error.
    ///  3. An answer to a challenge that nobody remembers: 405 without a number, 500 with one.
    ///  4. A number of a session that is not open: 500, but for what opens one.
    ///  5. In a site of several servers, a handle that another one has: 301.
    ///  6. What this node does not do: 5.
    private func administer(
        _ draft: AnswerDraft, over transport: TransportKind, from snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> Message {
        let header = draft.request.header
        let sessionID = draft.request.envelope.sessionID
        if header.opCode.isAdministrative, !accepts(administrationOver: transport, at: snapshot) {
            return draft.refusal(.protocolError, "Received admin request on non-admin interface")
        }
        do throws(WireError) {
            // A password that was sent in clear is not even read.
            if header.opCode != .loginWithPassword { _ = try RequestBody(parsing: draft.request) }
        } catch {
            return draft.refusal(.protocolError, "\(error)")
        }
        let isInSession = Int32(bitPattern: sessionID) > 0
        switch header.opCode {
        case .challengeAnswer:
            guard isInSession else { return draft.answer(.authenticationTimeout) }
            guard challenges.take(sessionID, at: now.instant) != nil else { return draft.answerWithoutSession() }
        case .sessionTerminate:
            return draft.answer(.sessionTimeout, "Can not get session info.")
        case .nextTransactionID:
            return draft.answer(.operationNotSupported, "Next txn id no longer supported; upgrade required")
        case .sessionSetup, .loginWithKey, .loginWithPassword:
            break
        default:
            if isInSession { return draft.answerWithoutSession() }
            if isOfOtherServer(draft.request, at: snapshot) {
                return draft.answer(.serverNotResponsible, "Request was hashed incorrectly")
            }
        }
        return draft.refusal(.operationNotSupported, "operation \(header.opCode.rawValue) is not supported")
    }

    /// Whether the request would change a handle that the site's hash gives to another server (RFC 3651 §3.2.2).
    private func isOfOtherServer(_ request: Message, at snapshot: borrowing IndexSnapshot) -> Bool {
        let site = snapshot.site
        guard site.serverCount > 1, request.header.opCode.changesHandle else { return false }
        var reader = ByteReader(request.body.rawSpan)
        guard let handle = try? reader.readBytes("handle") else { return false }
        let option = HashOption(rawValue: site.hashOption.rawValue)
        return ServerSelection.position(of: handle.array, hashOption: option, serverCount: site.serverCount)
            != site.serverPosition
    }

    /// Whether this server's entry in the site record has an interface of that protocol for administration.
    private func accepts(administrationOver transport: TransportKind, at snapshot: borrowing IndexSnapshot) -> Bool {
        let wanted: ServiceInterface.Transport = transport == .datagram ? .udp : .tcp
        return Self.server(in: snapshot)?.interfaces.contains {
            $0.transport == wanted && $0.service.contains(.administration)
        } ?? false
    }

    /// This server's entry in the site record.
    private static func server(in snapshot: borrowing IndexSnapshot) -> SiteServer? {
        let position = snapshot.site.serverPosition
        guard let site = try? Site(parsing: snapshot.siteRecord), site.servers.indices.contains(position) else {
            return nil
        }
        return site.servers[position]
    }
}

extension AnswerDraft {
    fileprivate func answerWithoutSession() -> Message {
        answer(.sessionTimeout, "Invalid session id or session time out. Please try again.")
    }
}

extension OpCode {
    /// Operations on one handle, which their body names first.
    fileprivate var changesHandle: Bool {
        switch self {
        case .createHandle, .deleteHandle, .addValue, .removeValue, .modifyValue: true
        default: false
        }
    }

    /// Operations that an interface for queries does not take (RFC 3651 §3.2.2).
    fileprivate var isAdministrative: Bool {
        switch self {
        case .createHandle, .deleteHandle, .addValue, .removeValue, .modifyValue, .listHandles, .listDerivedPrefixes,
            .homePrefix, .unhomePrefix, .listHomedPrefixes, .nextTransactionID, .retrieveTransactions, .dumpHandles:
            true
        default:
            false
        }
    }
}
