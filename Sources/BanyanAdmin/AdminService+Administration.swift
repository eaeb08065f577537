import BanyanIndex
import BanyanResolver
import HandleCrypto
import HandleProtocol

extension AdminService {
    /// Everything that is neither site information nor a resolution of what everyone may read.
    ///
    ///  1. What administers is refused where the site record says that this door only answers queries.
    ///     A mirror refuses it as well, but for other mirrors' questions, and says where the primary is.
    ///  2. A body that cannot be read: protocol error; a session's set-up has its own.
    ///  3. An answer to a challenge that nobody remembers: 405 without a number, 500 with one.
    ///  4. A number of a session that is not open: 500, but for what opens one, and for a connection that speaks for
    ///     itself.
    ///  5. In a site of several servers, a handle that another one has: 301.
    ///  6. What this node does not do: 5.
    func administer(_ exchange: Exchange, in snapshot: borrowing IndexSnapshot) {
        let draft = exchange.draft
        let operation = draft.request.header.opCode
        if operation.isAdministrative, !accepts(administrationOver: exchange.transport, at: snapshot) {
            return answer(
                exchange, draft.refusal(.protocolError, "Received admin request on non-admin interface"))
        }
        if operation.isAdministrative, !operation.isReplication, !draft.site.isPrimary {
            let place = primary.map { "; the primary is \($0)" } ?? ""
            return answer(exchange, draft.answer(.serverNotResponsible, "Not a primary server" + place))
        }
        let body: RequestBody
        do throws(WireError) {
            // A password that was sent in clear is not even read.
            let isClearPassword = operation == .loginWithPassword && !exchange.peer.isSecure
            body =
                !isClearPassword && operation != .sessionSetup ? try RequestBody(parsing: draft.request) : .unknown([])
        } catch {
            return answer(exchange, draft.refusal(.protocolError, "\(error)"))
        }
        let isInSession = Int32(bitPattern: draft.request.envelope.sessionID) > 0
        switch (operation, body) {
        case (.challengeAnswer, .challengeAnswer(let proof)):
            resume(exchange, with: proof, in: snapshot)
        case (.sessionTerminate, _):
            terminate(exchange)
        case (.nextTransactionID, _):
            answer(
                exchange, draft.answer(.operationNotSupported, "Next txn id no longer supported; upgrade required"))
        case (.sessionSetup, _):
            let serverRecord = SiteServer(ofThisNodeIn: snapshot)?.publicKey ?? []
            answer(
                exchange,
                sessionOperations.setUp(
                    draft, serverRecord: serverRecord, from: exchange.peer, in: snapshot, at: exchange.now))
        case (.loginWithKey, .keyLogin(let login)):
            logIn(login, exchange)
        case (.loginWithPassword, .passwordLogin(let login)):
            answer(
                exchange,
                sessionOperations.logIn(login, draft, from: exchange.peer, in: snapshot, at: exchange.now))
        case (.loginWithPassword, _):
            if let number = exchange.peer.connection { conversations.connections.obtain(number).refuseLogin() }
            answer(exchange, draft.unsupported)
        case _ where isInSession && !exchange.conversation.isAny:
            answer(exchange, draft.answerWithoutSession)
        case (.sessionExchangeKey, .sessionKeyExchange(let key)):
            answer(exchange, sessionOperations.exchangeKey(key, draft, in: exchange.conversation))
        case (.verifyChallenge, .verifyChallenge(let question)):
            answer(exchange, verify(question, exchange, in: snapshot))
        case _ where isOfOtherServer(draft.request, at: snapshot):
            answer(exchange, draft.answer(.serverNotResponsible, "Request was hashed incorrectly"))
        case _ where operation.isOperation:
            operate(exchange, in: snapshot)
        default:
            answer(exchange, draft.unsupported)
        }
    }

    func answer(_ exchange: Exchange, _ message: Message) {
        deliver(.answer(message), of: exchange)
    }

    /// Does what the request asks for, or has somebody prove who asks.
    ///
    /// In a session a resolution of more than what is public needs proof even where all of it is public: the reference
    /// does so, and its clients are used to it.
    func operate(_ exchange: Exchange, in snapshot: borrowing IndexSnapshot) {
        let header = exchange.request.header
        let asker: Asker
        do throws(Refusal) { asker = try exchange.conversation.asker(of: exchange.request) } catch {
            conversations.counters.count(.messageRefused)
            return answer(exchange, exchange.draft.answer(error))
        }
        let needsProof =
            exchange.conversation.isNumbered && header.opCode == .resolution && asker.identity == nil
            && !header.flags.contains(.publicOnly)
        operations.perform(
            exchange.draft, for: asker, over: exchange.transport, from: exchange.peer, in: snapshot, at: exchange.now
        ) { [self] performance in
            if needsProof, case .answer(let message) = performance, message.header.responseCode == .success {
                deliver(.needsProof, of: exchange)
            } else {
                deliver(performance, of: exchange)
            }
        }
    }

    private func terminate(_ exchange: Exchange) {
        var exchange = exchange
        let message = sessionOperations.terminate(exchange.draft, in: &exchange.conversation)
        answer(exchange, message)
    }

    private func logIn(_ login: KeyLogin, _ exchange: Exchange) {
        switch sessionOperations.logIn(login, exchange.draft, from: exchange.peer) {
        case .answer(let message): answer(exchange, message)
        case .challenge(let connection):
            var exchange = exchange
            exchange.conversation.connection = connection
            answer(exchange, challenge(exchange))
        }
    }

    // MARK: Answers to challenges

    /// Goes on with the request that was challenged (RFC 3652 §3.5.2). Each challenge has one answer, right or wrong;
    /// it may come over another connection, but for one that belongs to its connection.
    ///
    /// The reference's clients send no authentication code with it; one that is sent must be right.
    private func resume(
        _ exchange: Exchange, with proof: ChallengeAnswer, in snapshot: borrowing IndexSnapshot
    ) {
        let draft = exchange.draft
        let conversation = exchange.conversation
        if conversation.isNumbered, draft.request.credential != .none, draft.request.credential != .omitted {
            do throws(Refusal) { try conversation.check(draft.request) } catch {
                conversations.counters.count(.messageRefused)
                return answer(exchange, draft.answer(error))
            }
        }
        let sessionID = draft.request.envelope.sessionID
        guard let waiting = waiting(for: exchange, proof, in: snapshot) else {
            let isInSession = Int32(bitPattern: sessionID) > 0
            return answer(
                exchange, isInSession ? draft.answerWithoutSession : draft.answer(.authenticationTimeout))
        }
        let request = waiting.challenge.request
        var resumed = exchange
        resumed.draft = AnswerDraft(request: request, carrier: draft.request, site: draft.site, now: draft.now)
        var claim = Claim(answer: proof, challenge: waiting.challenge)
        if request.header.opCode == .loginWithKey {
            return finishLogin(resumed, with: claim, in: snapshot)
        }
        if conversation.isNumbered, proof.key.index == 0 {
            return resumeByAnyKey(resumed, with: claim, isAuthentic: waiting.isAuthentic, in: snapshot)
        }
        if conversation.isNumbered, let session = conversation.session {
            claim.whenProven = { (identity) throws(Refusal) in
                if !waiting.isAuthentic { try session.check(request).check(in: session) }
                session.proven(identity)
            }
        }
        operations.perform(
            resumed.draft, for: .claimed(claim), over: exchange.transport, from: exchange.peer, in: snapshot,
            at: exchange.now
        ) { [self, resumed] performance in
            deliver(performance, of: resumed)
        }
    }

    /// Goes on in a session for who named no key, by index 0: he is the one of the key that has proven him, as with the
    /// reference, so that comes first.
    private func resumeByAnyKey(
        _ exchange: Exchange, with claim: Claim, isAuthentic: Bool, in snapshot: borrowing IndexSnapshot
    ) {
        do throws(Refusal) {
            let key = try proofs.verifiedKey(
                claim.answer, of: claim.challenge, from: exchange.peer, in: snapshot, at: exchange.now)
            if let session = exchange.conversation.session {
                if !isAuthentic { try session.check(exchange.request).check(in: session) }
                session.proven(Identity(claim.answer.key), by: key)
            }
            operations.perform(
                exchange.draft, for: .proven(key), over: exchange.transport, from: exchange.peer, in: snapshot,
                at: exchange.now
            ) { [self] performance in
                deliver(performance, of: exchange)
            }
        } catch {
            answer(exchange, exchange.draft.answer(error))
        }
    }

    /// The challenge that is answered, and whether its request's authentication code has been checked: one that the
    /// session waits for that the answer names, or that of the number, or one of the connection's.
    private func waiting(
        for exchange: Exchange, _ proof: ChallengeAnswer, in snapshot: borrowing IndexSnapshot
    ) -> (challenge: PendingChallenge, isAuthentic: Bool)? {
        let now = exchange.now.instant
        let conversation = exchange.conversation
        if conversation.isNumbered, let session = conversation.session,
            let found = take(session.pending, session.forget, proof, exchange, in: snapshot)
        {
            return found
        }
        if let found = challenges.take(exchange.request.envelope.sessionID, at: now) { return (found, true) }
        guard let connection = conversation.connection else { return nil }
        return take(connection.pending, connection.forget, proof, exchange, in: snapshot)
    }

    /// The one of several that the proof is to. A proof that is to none of them was the answer to all: each challenge
    /// has one.
    private func take(
        _ pending: [PendingReference], _ forget: (UInt32) -> Void, _ proof: ChallengeAnswer, _ exchange: Exchange,
        in snapshot: borrowing IndexSnapshot
    ) -> (challenge: PendingChallenge, isAuthentic: Bool)? {
        let now = exchange.now.instant
        var taken: (challenge: PendingChallenge, isAuthentic: Bool)?
        let known = pending.compactMap { reference in
            challenges.find(reference.identifier, at: now).map { (reference, $0) }
        }
        let position =
            known.count < 2
            ? nil
            : proofs.position(of: proof, among: known.map(\.1), from: exchange.peer, in: snapshot, at: exchange.now)
        for (place, reference) in known.map(\.0).enumerated() where position == nil || place == position {
            forget(reference.identifier)
            if let challenge = challenges.take(reference.identifier, isNumbered: false, at: now) {
                taken = (challenge, reference.isAuthentic)
            }
        }
        return taken
    }

    private func finishLogin(_ exchange: Exchange, with claim: Claim, in snapshot: borrowing IndexSnapshot) {
        guard let connection = exchange.conversation.connection else {
            return answer(exchange, exchange.draft.answer(.authenticationFailed))
        }
        answer(
            exchange,
            sessionOperations.finishLogin(
                with: claim, exchange.draft, on: connection, from: exchange.peer, in: snapshot, at: exchange.now))
    }

    private func verify(
        _ question: VerifyChallenge, _ exchange: Exchange, in snapshot: borrowing IndexSnapshot
    ) -> Message {
        guard ChallengeProof.isKnownForm(question.answer) else {
            return AnswerDraft.undecodable(
                .error, "Server error processing request, see server logs", at: exchange.now.seconds)
        }
        do throws(Refusal) {
            let isValid = try proofs.isValid(question, from: exchange.peer, in: snapshot, at: exchange.now)
            return exchange.draft.answer(.success, .verified(VerifyAnswer(isValid: isValid)))
        } catch {
            return exchange.draft.answer(error)
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

extension AnswerDraft {
    fileprivate var answerWithoutSession: Message {
        answer(.sessionTimeout, "Invalid session id or session time out. Please try again.")
    }

    fileprivate var unsupported: Message {
        refusal(.operationNotSupported, "operation \(request.header.opCode.rawValue) is not supported")
    }
}
