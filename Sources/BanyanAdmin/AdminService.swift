import BanyanIndex
public import BanyanRegistry
public import BanyanResolver
import Dispatch
import HandleCrypto
import HandleProtocol
public import Logging
public import OpenSSL
import Synchronization

/// Answers what the resolver hands off. Any thread may call it.
public final class AdminService: Sendable {
    let index: HandleIndex
    let primary: String?
    let signer: MessageSigner
    let faults: FaultLog
    let resolution: PlainResolution
    let challenges: ChallengeStore
    let conversations: Conversations
    let sessionOperations: SessionOperations
    private let retransmissions = RetransmissionCache()
    let proofs: ProofCheck
    private let status = ServerStatus()
    let operations: Operations
    /// Sign what was finished on the commit thread, which has no millisecond to spare; one after the other takes its
    /// turn.
    private let signatures = (1...4).map { DispatchQueue(label: "registration.signatures.\($0)") }
    private let signatureCount = Atomic<Int>(0)

    /// - Parameters:
    ///   - registrar: Of the index that is answered from; what clients register goes through it.
    ///   - signingKey: The private half of this server's key in the site record; nil leaves every answer unsigned,
    ///     which clients that ask for a signature refuse.
    ///   - ciphers: Those that sessions may have.
    ///   - remote: Asked for keys, groups and administrators that are not here; nil: they count for nothing.
    ///   - encryptsStreams: Whether who calls can begin TLS behind an answer (`AdminAnswer.startsTLS`).
    ///   - primary: Where a mirror's primary is, for who would change something here.
    ///   - isExempt: Whose failed proofs are not counted; nil: those of this machine.
    public init(
        registrar: Registrar, signingKey: PrivateKey?, ciphers: SessionCiphers = .usual,
        isExempt: (@Sendable (Peer) -> Bool)? = nil, remote: (any RemoteAuthority)? = nil,
        encryptsStreams: Bool = false, primary: String? = nil, logger: Logger
    ) {
        index = registrar.index
        self.primary = primary
        faults = FaultLog(logger)
        signer = MessageSigner(key: signingKey, faults: faults)
        resolution = PlainResolution(faults: faults)
        proofs = ProofCheck(failures: FailedProofs(isExempt: isExempt ?? \.isLoopback), remote: remote)
        operations = Operations(
            registrar: registrar, proofs: proofs, status: status, key: signingKey,
            encryptsStreams: encryptsStreams, faults: faults)
        let identifiers = IdentifierPool()
        challenges = ChallengeStore(identifiers: identifiers)
        conversations = Conversations(identifiers: identifiers, signer: signer, faults: faults)
        sessionOperations = SessionOperations(
            conversations: conversations, keySetup: SessionKeySetup(ciphers: ciphers, serverKey: signingKey),
            proofs: proofs, faults: faults)
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

    /// What sessions and logins have come to since the start.
    public var sessionFigures: SessionFigures { conversations.figures }

    /// Forgets what belonged to a connection, by the number that its requests had: nothing comes from it any more, and
    /// nothing is in work.
    public func connectionClosed(_ number: UInt64) { conversations.connections.close(number) }

    /// Runs work elsewhere, soon.
    public typealias Resumption = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    /// Answers a request over a stream if that takes microseconds and nothing slower than a look into the index: a
    /// change of a handle, or a resolution in a session of more than the public may read, without a signature to make
    /// or a proof to check. For threads that must not be held up.
    ///
    /// - Parameters:
    ///   - resume: Where to go on when the change is durable.
    ///   - completion: As for `answer`; also called from inside `resume`.
    /// - Returns: False if it was not taken: `answer` is to be called.
    public func answerQuickly(
        _ request: [UInt8], from peer: Peer, resume: @escaping Resumption,
        completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) -> Bool {
        let now = Moment()
        let conversation: Conversation
        let message: Message
        if let sealed = try? SealedMessage(parsing: request.rawSpan) {
            guard case .opened(let opened, let belonging) = conversations.open(sealed, from: peer, at: now) else {
                return false
            }
            (message, conversation) = (opened, belonging)
        } else {
            guard request.count > 24, OpCode(rawValue: request.rawSpan.bigEndianUInt32(at: 20)).isQuick,
                let clear = try? Message(parsing: request.rawSpan)
            else { return false }
            message = clear
            conversation = conversations.conversation(of: clear.envelope, from: peer, at: now)
        }
        let isSigned =
            message.header.flags.contains(.certify) && !conversation.isNumbered && !conversation.isAuthentic
        let isOpen =
            message.header.opCode == .resolution
            && (!conversation.isNumbered || message.header.flags.contains(.publicOnly))
        guard message.header.responseCode == .request, message.header.opCode.isQuick, !isSigned, !isOpen,
            let snapshot = try? index.snapshot()
        else { return false }
        status.countRequest()
        administer(
            message, in: conversation, isSealed: request.isSealed, from: peer, in: snapshot, at: now, resume: resume,
            completion: completion)
        return true
    }

    private func administer(
        _ message: Message, in belonging: Conversation, isSealed: Bool, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment, resume: @escaping Resumption,
        completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) {
        var conversation = belonging
        let draft = AnswerDraft(request: message, site: snapshot.site, now: now.seconds)
        if isSealed {
            do throws(Refusal) { try conversation.checkOpened(message) } catch {
                conversations.counters.count(.messageRefused)
                return completion(AdminAnswer(conversations.protect(draft.answer(error), in: conversation)))
            }
        }
        administer(
            Exchange(
                draft: draft, conversation: conversation, transport: .stream, peer: peer, now: now,
                completion: completion, resume: resume),
            in: snapshot)
    }

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
        var bytes = Self.withoutSurplus(received)
        let snapshot: IndexSnapshot
        do throws(IndexError) { snapshot = try index.snapshot() } catch {
            faults.report("the index cannot be read", ["error": "\(error)"])
            return completion(nil)
        }
        var conversation = Conversation.none
        if let sealed = try? SealedMessage(parsing: bytes.rawSpan) {
            switch conversations.open(sealed, from: peer, at: now) {
            case .refused(let message): return completion(AdminAnswer(message.bytes()))
            case .opened(let message, let belonging):
                bytes = message.bytes()
                conversation = belonging
                do throws(Refusal) { try conversation.checkOpened(message) } catch {
                    conversations.counters.count(.messageRefused)
                    let draft = AnswerDraft(request: message, site: snapshot.site, now: now.seconds)
                    return completion(
                        AdminAnswer(conversations.protect(draft.answer(error), in: conversation)))
                }
            }
        } else if let envelope = try? Envelope(parsing: bytes.rawSpan) {
            conversation = conversations.conversation(of: envelope, from: peer, at: now)
        }
        answer(bytes, in: conversation, over: transport, from: peer, in: snapshot, at: now, completion: completion)
    }

    /// Answers a request in clear, or as it was before it was encrypted.
    private func answer(
        _ bytes: [UInt8], in conversation: Conversation, over transport: TransportKind, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment, completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) {
        func exchange(_ request: Message) -> Exchange {
            Exchange(
                draft: AnswerDraft(request: request, site: snapshot.site, now: now.seconds),
                conversation: conversation, transport: transport, peer: peer, now: now, completion: completion,
                resume: nil)
        }
        if let request = try? Message(parsing: bytes.rawSpan), request.isAdministration {
            return administer(exchange(request), in: snapshot)
        }
        let (outcome, unsigned) = resolution.answer(
            bytes, in: conversation, over: transport, from: snapshot, at: now)
        switch outcome {
        case .drop, .tooLong:
            completion(nil)
        case .reply, .replyAndClose, .replyAndDistrust:
            guard let message = try? Message(parsing: unsigned.rawSpan) else {
                return completion(AdminAnswer(unsigned))
            }
            completion(AdminAnswer(conversations.protect(message, in: conversation)))
        case .handOff(let reason):
            guard let request = try? Message(parsing: bytes.rawSpan) else { return completion(nil) }
            if reason == .challenge {
                operate(exchange(request), in: snapshot)
            } else {
                administer(exchange(request), in: snapshot)
            }
        }
    }

    /// Without what stands behind the message that the envelope announces: nobody's bytes.
    private static func withoutSurplus(_ bytes: [UInt8]) -> [UInt8] {
        let end = Envelope.byteCount + Int(bytes.rawSpan.bigEndianUInt32(at: 16))
        return end < bytes.count ? Array(bytes.prefix(end)) : bytes
    }

    // MARK: Answers on their way out

    func deliver(_ performance: Performance, of exchange: Exchange) {
        let message =
            switch performance {
            case .answer(let message), .page(let message, _), .stream(let message, _, _): message
            case .needsProof: askForProof(exchange)
            }
        guard conversations.isSlow(message, in: exchange.conversation) else {
            return exchange.completion(finished(performance, message, of: exchange))
        }
        let turn = signatureCount.wrappingAdd(1, ordering: .relaxed).oldValue
        signatures[abs(turn % signatures.count)].async { [self] in
            exchange.completion(finished(performance, message, of: exchange))
        }
    }

    private func finished(_ performance: Performance, _ message: Message, of exchange: Exchange) -> AdminAnswer {
        let bytes = conversations.protect(message, in: exchange.conversation)
        if case .stream(_, let feed, let protection) = performance {
            guard case .tls(let keys) = protection else { return streaming(bytes, feed) }
            var writer = ByteWriter()
            StreamProtection.tls.write(to: &writer)
            var answer = streaming(bytes + writer.bytes, feed)
            (answer.startsTLS, answer.trustedKeys) = (true, keys)
            return answer
        }
        guard case .page(_, let rest) = performance else { return AdminAnswer(bytes) }
        return AdminAnswer(bytes) { [self] in
            let next = rest()
            switch next {
            case .answer(let message), .page(let message, _): return finished(next, message, of: exchange)
            case .stream, .needsProof: return nil
            }
        }
    }

    /// Bytes of a stream, and how it goes on. Where it cannot, the connection ends, and the mirror sees that no end of
    /// the stream has come.
    private func streaming(_ bytes: [UInt8], _ feed: (any ReplicationFeed)?) -> AdminAnswer {
        var answer = AdminAnswer(bytes) { [self] in
            // The end of the stream: nothing more to be written, and the request is answered.
            guard let feed else { return AdminAnswer([]) }
            guard !operations.journal.isClosed else { return nil }
            do {
                let (bytes, rest) = try feed.piece(in: index.snapshot())
                return streaming(bytes, rest)
            } catch {
                faults.report("a mirror's stream cannot go on", ["error": "\(error)"])
                return nil
            }
        }
        if let sequence = feed?.awaitedSequence {
            answer.whenReady = { [journal = operations.journal] body in
                journal.wait(beyond: sequence, atMost: Self.markInterval, body)
            }
        }
        return answer
    }

    /// How often a mirror that follows is told that there is nothing new.
    private static let markInterval: Duration = .seconds(2)

    /// Ends the streams to mirrors, which have no end of their own: the node stops.
    public func endStreams() { operations.journal.close() }

    // MARK: Challenges

    /// What is answered where nobody has proven who asks: a challenge, except to those who would take it for success.
    private func askForProof(_ exchange: Exchange) -> Message {
        let conversation = exchange.conversation
        if conversation.login != nil { return exchange.draft.answer(.notAdministrator) }
        if !conversation.isNumbered, conversation.connection?.hasTriedLogin ?? false {
            return exchange.draft.answer(.loginNeeded, "Log in first")
        }
        return challenge(exchange)
    }

    /// Asks who the client is, and remembers what it wanted (RFC 3652 §3.5.1): where its answer will be looked for.
    func challenge(_ exchange: Exchange) -> Message {
        let draft = exchange.draft
        let digest = RequestDigest(of: draft.request.signedBytes(), for: draft.version)
        do throws(OpenSSLError) {
            let nonce = try Random.bytes(count: 16)
            let conversation = exchange.conversation
            let identifier = try challenges.insert(
                PendingChallenge(
                    request: draft.request, peer: exchange.peer, nonce: nonce, requestDigest: digest.bytes,
                    isNumbered: !conversation.isAny),
                at: exchange.now.instant)
            if conversation.isAny {
                let pending = PendingReference(identifier: identifier, isAuthentic: conversation.isAuthentic)
                if let last = conversation.wait(for: pending) {
                    _ = challenges.take(last.identifier, isNumbered: false, at: exchange.now.instant)
                }
            }
            let isDigestInside = !draft.version.hasFeatures(of2: 1)
            return draft.answer(
                .authenticationNeeded,
                .challenge(Challenge(nonce: nonce, digest: isDigestInside ? digest.bytes : nil)),
                sessionID: conversation.isAny ? nil : identifier)
        } catch {
            faults.report("no challenge can be made", ["error": "\(error)"])
            return draft.answer(.error)
        }
    }
}

extension OpCode {
    /// Whether the operation takes microseconds, where there is nothing to sign or to prove.
    fileprivate var isQuick: Bool { changesHandle || self == .resolution }
}

extension [UInt8] {
    /// Whether it is a message whose content is encrypted.
    fileprivate var isSealed: Bool { count > 2 && Envelope.Flags(rawValue: self[2]).contains(.encrypted) }
}

extension Message {
    /// Whether the resolver would hand this off whatever stands in it.
    fileprivate var isAdministration: Bool {
        header.responseCode == .request
            && (header.opCode == .challengeAnswer || header.opCode != .resolution && header.opCode.isOperation)
    }
}

extension SiteServer {
    /// This server's entry in the site record.
    init?(ofThisNodeIn snapshot: borrowing IndexSnapshot) {
        let position = snapshot.site.serverPosition
        guard let site = try? Site(parsing: snapshot.siteRecord), site.servers.indices.contains(position) else {
            return nil
        }
        self = site.servers[position]
    }
}
