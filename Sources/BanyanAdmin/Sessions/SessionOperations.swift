import BanyanIndex
import HandleCrypto
import HandleProtocol
import OpenSSL

/// What opens, keys and ends sessions, and logs in.
struct SessionOperations: Sendable {
    let conversations: Conversations
    let keySetup: SessionKeySetup
    let proofs: ProofCheck
    let faults: FaultLog

    /// Sets up a session (opcode 400). Its number stands in the answer's envelope.
    ///
    /// Clients that number their sessions by themselves have them on their connection, whose session it becomes; their
    /// number comes back.
    func setUp(
        _ draft: AnswerDraft, serverRecord: [UInt8], from peer: Peer, in snapshot: borrowing IndexSnapshot,
        at now: Moment
    ) -> Message {
        do throws(Refusal) {
            guard case .sessionSetup(let setup)? = try? RequestBody(parsing: draft.request) else {
                throw SessionKeySetup.refusal(ofUnreadable: draft.request.body)
            }
            var keys: [[UInt8]] = []
            if case .reference(let reference) = setup.key {
                keys = try proofs.keys(ValueType.publicKey, of: reference, in: snapshot).map(\.data)
            }
            let half = try keySetup.answer(
                to: setup, version: draft.version, serverRecord: serverRecord, keys: keys)
            let named = setup.identity.handle.isEmpty ? nil : Identity(setup.identity)
            let identifier = try open(setup, half, named: named, draft, from: peer, at: now)
            if let cipher = half.cipher { conversations.counters.count(.setUp(cipher)) }
            return draft.answer(
                .success, .sessionSetup(SessionSetupAnswer(mode: setup.mode, data: half.data)),
                sessionID: identifier)
        } catch {
            conversations.counters.count(.setUpRefused)
            return draft.answer(error)
        }
    }

    /// Opens the session, on the connection, under a number or both; the number that the answer carries.
    private func open(
        _ setup: SessionSetup, _ half: SessionKeySetup.Half, named: Identity?, _ draft: AnswerDraft,
        from peer: Peer, at now: Moment
    ) throws(Refusal) -> UInt32 {
        let ownNumber = draft.request.envelope.sessionID
        let connection =
            setup.mode == .handleKey ? peer.connection.map { conversations.connections.obtain($0) } : nil
        if let connection, ownNumber != 0 {
            connection.setSession(
                Session(
                    identifier: nil, named: named, cipher: half.cipher,
                    expiry: now.instant + SessionStore.lifetime(setup.timeout), at: now.instant))
            return ownNumber
        }
        do {
            let session = try conversations.sessions.open(
                named: named, cipher: half.cipher, timeout: setup.timeout, at: now.instant)
            guard let session else { throw Refusal(.serverTooBusy) }
            connection?.setSession(session)
            return session.identifier ?? 0
        } catch let error as Refusal {
            throw error
        } catch {
            faults.report("no session can be made", ["error": "\(error)"])
            throw Refusal(.sessionFailed)
        }
    }

    /// Takes the client's key (opcode 402), which a session waits for that was set up by the server's key.
    func exchangeKey(_ exchange: SessionKeyExchange, _ draft: AnswerDraft, in conversation: Conversation) -> Message {
        guard let session = conversation.session, conversation.isNumbered else {
            return draft.answer(.sessionTimeout, "Can not get session info.")
        }
        do throws(Refusal) {
            let cipher = try keySetup.open(exchange, version: draft.request.envelope.version)
            guard session.setKey(cipher) else {
                throw Refusal(.invalidSessionSetup, "The session has its key")
            }
            conversations.counters.count(.setUp(cipher))
            return draft.answer(.success, .empty(surplus: []))
        } catch {
            conversations.counters.count(.setUpRefused)
            return draft.answer(error)
        }
    }

    /// Ends a session (opcode 401); only who has its key can.
    func terminate(_ draft: AnswerDraft, in conversation: inout Conversation) -> Message {
        guard let session = conversation.session else {
            return draft.answer(.sessionTimeout, "Can not get session info.")
        }
        if conversation.isNumbered, !conversation.isAuthentic {
            let verdict = session.check(draft.request)
            if verdict == .codeWrong { return draft.answer(.invalidSessionKey, "Invalid session key.") }
            do throws(Refusal) { try verdict.check(in: session) } catch { return draft.answer(error) }
        }
        conversations.sessions.remove(session)
        if conversation.connection?.holds(session) ?? false { conversation.connection?.setSession(nil) }
        conversation.isEnding = true
        return draft.answer(.success, .empty(surplus: []))
    }

    // MARK: Login

    enum LoginAnswer {
        case answer(Message)
        /// The connection is to be asked for proof.
        case challenge(Connection)
    }

    /// A login with a key (opcode 2001), which is challenged: success without a challenge is an error to its clients.
    func logIn(_ login: KeyLogin, _ draft: AnswerDraft, from peer: Peer) -> LoginAnswer {
        guard let number = peer.connection else {
            return .answer(draft.refusal(.operationNotSupported, "a login belongs to a connection"))
        }
        let connection = conversations.connections.obtain(number)
        switch connection.requestLogin(Identity(login.key)) {
        case .challenge: return .challenge(connection)
        case .alreadyLoggedIn: return .answer(draft.answer(.alreadyLoggedIn, "Already logged in"))
        }
    }

    /// A login with a password (opcode 2000): a name, and the secret key that it has here. Only where nobody else reads
    /// the connection.
    func logIn(
        _ login: PasswordLogin, _ draft: AnswerDraft, from peer: Peer, in snapshot: borrowing IndexSnapshot,
        at now: Moment
    ) -> Message {
        guard let number = peer.connection else {
            return draft.refusal(.operationNotSupported, "a login belongs to a connection")
        }
        let connection = conversations.connections.obtain(number)
        guard connection.identity == nil else { return draft.answer(.alreadyLoggedIn, "Already logged in") }
        do throws(Refusal) {
            let identity = try proofs.verify(login, from: peer, in: snapshot, at: now)
            connection.provenByPassword(identity)
            conversations.counters.count(.login)
            return draft.answer(
                .success, .passwordLogin(PasswordLoginAnswer(identifier: identity.handle, count: 1)))
        } catch {
            connection.refuseLogin()
            conversations.counters.count(.loginFailed)
            return draft.answer(error)
        }
    }

    /// The end of a login: its challenge was answered.
    /// - Parameter draft: Of the login, carried by the answer.
    func finishLogin(
        with claim: Claim, _ draft: AnswerDraft, on connection: Connection, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> Message {
        do throws(Refusal) {
            let identity = try proofs.verify(claim.answer, of: claim.challenge, from: peer, in: snapshot, at: now)
            guard connection.proven(identity) else { throw Refusal(.authenticationFailed) }
            conversations.counters.count(.login)
            return draft.answer(.success, .empty(surplus: []))
        } catch {
            connection.loginFailed()
            conversations.counters.count(.loginFailed)
            return draft.answer(error)
        }
    }
}
