import BanyanIndex
public import BanyanRegistry
public import BanyanResolver
import Dispatch
import HandleCrypto
import HandleProtocol
public import Logging
public import OpenSSL

/// Answers what the resolver hands off. Any thread may call it.
public final class AdminService: Sendable {
    private let index: HandleIndex
    private let signer: MessageSigner
    private let faults: FaultLog
    private let resolution: PlainResolution
    private let challenges = ChallengeStore()
    private let retransmissions = RetransmissionCache()
    private let proofs = ProofCheck(failures: FailedProofs())
    private let status = ServerStatus()
    private let operations: Operations
    /// Signs what was finished on the commit thread, which has no millisecond to spare.
    private let signatures = DispatchQueue(label: "registration.signatures")

    /// - Parameters:
    ///   - registrar: Of the index that is answered from; what clients register goes through it.
    ///   - signingKey: The private half of this server's key in the site record; nil leaves every answer unsigned,
    ///     which clients that ask for a signature refuse.
    public init(registrar: Registrar, signingKey: PrivateKey?, logger: Logger) {
        index = registrar.index
        faults = FaultLog(logger)
        signer = MessageSigner(key: signingKey, faults: faults)
        resolution = PlainResolution(faults: faults)
        operations = Operations(registrar: registrar, proofs: proofs, status: status, faults: faults)
    }

    /// Whether clients can verify what is signed here: the key is the one that the site record has for this server.
    public var hasKeyOfSite: Bool {
        guard let snapshot = try? index.snapshot(), let server = SiteServer(ofThisNodeIn: snapshot),
            let known = try? PublicKey.parse(value: server.publicKey), let own = try? signer.key?.publicKey()
        else { return false }
        return own.isSame(as: known)
    }

    /// What the resolvers counted that made unsigned answers here, since the last call.
    public func takeCounters() -> ResolverCounters { resolution.takeCounters() }

    /// Answers one request, envelope and message whole.
    ///
    /// - Parameter completion: gets the answer, once, nil for silence: before this returns, or, where something is
    ///   registered, from another thread when it is durable. It must not block.
    public func answer(
        _ request: [UInt8], from peer: Peer, over transport: TransportKind,
        completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) {
        let now = Moment()
        status.countRequest()
        guard transport == .datagram else {
            return answerAnew(request, from: peer, over: transport, at: now, completion: completion)
        }
        switch retransmissions.begin(request, from: peer, at: now.instant) {
        case .answered(let answer): completion(AdminAnswer(answer))
        case .inWork: completion(nil)
        case .new:
            answerAnew(request, from: peer, over: transport, at: now) { [retransmissions] answer in
                retransmissions.finish(request, from: peer, with: answer, at: now.instant)
                completion(answer)
            }
        }
    }

    private func answerAnew(
        _ received: [UInt8], from peer: Peer, over transport: TransportKind, at now: Moment,
        completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) {
        let bytes = Self.withoutSurplus(received)
        let snapshot: IndexSnapshot
        do throws(IndexError) { snapshot = try index.snapshot() } catch {
            faults.report("the index cannot be read", ["error": "\(error)"])
            return completion(nil)
        }
        if let sealed = try? SealedMessage(parsing: bytes.rawSpan) {
            return completion(AdminAnswer(answer(sealed: sealed, at: now).bytes()))
        }
        let (outcome, unsigned) = resolution.answer(bytes, over: transport, from: snapshot, at: now)
        switch outcome {
        case .drop, .tooLong:
            completion(nil)
        case .reply, .replyAndClose, .replyAndDistrust:
            guard let message = try? Message(parsing: unsigned.rawSpan), signer.isNeeded(for: message) else {
                return completion(AdminAnswer(unsigned))
            }
            completion(AdminAnswer(signer.signedIfAsked(message).bytes()))
        case .handOff(let reason):
            guard let request = try? Message(parsing: bytes.rawSpan) else { return completion(nil) }
            let draft = AnswerDraft(request: request, site: snapshot.site, now: now.seconds)
            let deliver: @Sendable (Performance) -> Void = { [self] performance in
                self.deliver(performance, of: draft, from: peer, at: now, completion: completion)
            }
            if reason == .challenge {
                deliver(.needsProof)
            } else {
                administer(draft, over: transport, from: peer, in: snapshot, at: now, completion: deliver)
            }
        }
    }

    /// Without what stands behind the message that the envelope announces: nobody's bytes.
    private static func withoutSurplus(_ bytes: [UInt8]) -> [UInt8] {
        let end = Envelope.byteCount + Int(bytes.rawSpan.bigEndianUInt32(at: 16))
        return end < bytes.count ? Array(bytes.prefix(end)) : bytes
    }

    // MARK: Answers on their way out

    private func deliver(
        _ performance: Performance, of draft: AnswerDraft, from peer: Peer, at now: Moment,
        completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) {
        let message =
            switch performance {
            case .answer(let message), .page(let message, _): message
            case .needsProof: challenge(draft, from: peer, at: now)
            }
        guard signer.isNeeded(for: message) else {
            return completion(finished(performance, message, of: draft, from: peer, at: now))
        }
        signatures.async { [self] in
            completion(finished(performance, message, of: draft, from: peer, at: now))
        }
    }

    private func finished(
        _ performance: Performance, _ message: Message, of draft: AnswerDraft, from peer: Peer, at now: Moment
    ) -> AdminAnswer {
        let bytes = signer.signedIfAsked(message).bytes()
        guard case .page(_, let rest) = performance else { return AdminAnswer(bytes) }
        return AdminAnswer(bytes) { [self] in
            let next = rest()
            guard case .answer(let message) = next else {
                guard case .page(let message, _) = next else { return nil }
                return finished(next, message, of: draft, from: peer, at: now)
            }
            return finished(next, message, of: draft, from: peer, at: now)
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
            faults.report("no challenge can be made", ["error": "\(error)"])
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
        _ draft: AnswerDraft, over transport: TransportKind, from peer: Peer, in snapshot: borrowing IndexSnapshot,
        at now: Moment, completion: @escaping @Sendable (Performance) -> Void
    ) {
        let header = draft.request.header
        let sessionID = draft.request.envelope.sessionID
        if header.opCode.isAdministrative, !accepts(administrationOver: transport, at: snapshot) {
            return completion(
                .answer(draft.refusal(.protocolError, "Received admin request on non-admin interface")))
        }
        let body: RequestBody
        do throws(WireError) {
            // A password that was sent in clear is not even read.
            body = header.opCode == .loginWithPassword ? .unknown([]) : try RequestBody(parsing: draft.request)
        } catch {
            return completion(.answer(draft.refusal(.protocolError, "\(error)")))
        }
        let isInSession = Int32(bitPattern: sessionID) > 0
        switch (header.opCode, body) {
        case (.challengeAnswer, .challengeAnswer(let answer)):
            resume(with: answer, draft, over: transport, from: peer, in: snapshot, at: now, completion: completion)
        case (.sessionTerminate, _):
            completion(.answer(draft.answer(.sessionTimeout, "Can not get session info.")))
        case (.nextTransactionID, _):
            completion(
                .answer(draft.answer(.operationNotSupported, "Next txn id no longer supported; upgrade required")))
        case (.sessionSetup, _), (.loginWithKey, _), (.loginWithPassword, _):
            completion(.answer(draft.unsupported))
        case _ where isInSession:
            completion(.answer(draft.answerWithoutSession))
        case (.verifyChallenge, .verifyChallenge(let question)):
            completion(.answer(verify(question, draft, from: peer, in: snapshot, at: now)))
        case _ where isOfOtherServer(draft.request, at: snapshot):
            completion(.answer(draft.answer(.serverNotResponsible, "Request was hashed incorrectly")))
        case _ where header.opCode.isOperation:
            operations.perform(
                draft, for: .anyone, over: transport, from: peer, in: snapshot, at: now, completion: completion)
        default:
            completion(.answer(draft.unsupported))
        }
    }

    /// Goes on with the request that was challenged (RFC 3652 §3.5.2). Each challenge has one answer, right or wrong;
    /// it may come over another connection.
    private func resume(
        with answer: ChallengeAnswer, _ draft: AnswerDraft, over transport: TransportKind, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment, completion: @escaping @Sendable (Performance) -> Void
    ) {
        let sessionID = draft.request.envelope.sessionID
        guard Int32(bitPattern: sessionID) > 0 else {
            return completion(.answer(draft.answer(.authenticationTimeout)))
        }
        guard let challenge = challenges.take(sessionID, at: now.instant) else {
            return completion(.answer(draft.answerWithoutSession))
        }
        let resumed = AnswerDraft(
            request: challenge.request, carrier: draft.request, site: draft.site, now: draft.now)
        operations.perform(
            resumed, for: .claimed(Claim(answer: answer, challenge: challenge)), over: transport, from: peer,
            in: snapshot, at: now, completion: completion)
    }

    private func verify(
        _ question: VerifyChallenge, _ draft: AnswerDraft, from peer: Peer, in snapshot: borrowing IndexSnapshot,
        at now: Moment
    ) -> Message {
        guard ChallengeProof.isKnownForm(question.answer) else {
            return AnswerDraft.undecodable(
                .error, "Server error processing request, see server logs", at: now.seconds)
        }
        do throws(Refusal) {
            let isValid = try proofs.isValid(question, from: peer, in: snapshot, at: now)
            return draft.answer(.success, .verified(VerifyAnswer(isValid: isValid)))
        } catch {
            return draft.answer(error)
        }
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
        return SiteServer(ofThisNodeIn: snapshot)?.interfaces.contains {
            $0.transport == wanted && $0.service.contains(.administration)
        } ?? false
    }
}

extension SiteServer {
    /// This server's entry in the site record.
    fileprivate init?(ofThisNodeIn snapshot: borrowing IndexSnapshot) {
        let position = snapshot.site.serverPosition
        guard let site = try? Site(parsing: snapshot.siteRecord), site.servers.indices.contains(position) else {
            return nil
        }
        self = site.servers[position]
    }
}

extension AnswerDraft {
    fileprivate var answerWithoutSession: Message {
        answer(.sessionTimeout, "Invalid session id or session time out. Please try again.")
    }

    fileprivate var unsupported: Message {
        refusal(.operationNotSupported, "operation \(request.header.opCode.rawValue) is not supported")
    }
}
