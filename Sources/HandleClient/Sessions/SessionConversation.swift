import HandleCrypto
import HandleProtocol

/// A connection of an administrator (RFC 3652 §3.8): session or login, one proof of who he is, then many requests at
/// once, whose answers come in any order. No socket and no clock: each event gives the action to take.
///
///  1. A session is set up; a key of our own making goes to the server in a second exchange.
///  2. The administrator proves himself: in a session by resolving his own handle for more than the public may read,
///     which servers challenge; with a login by operation 2001.
///  3. Where that drew no challenge, requests go one at a time until one is challenged.
///  4. Then up to `window` requests are under way. Each answer is matched by its request id, and must be the session's.
struct SessionConversation {
    enum Action {
        case wait
        case send([UInt8])
        /// Requests may be submitted.
        case ready
        /// The answer to the request of that token; of a list that goes on not yet the last.
        case answered(token: Int, Message, Answer, isLast: Bool)
        /// Over: nothing more is said or taken.
        case end(ClientError.Code)
    }

    private enum State {
        case connecting
        case settingUp(Message, SessionKeyOffer)
        case exchangingKey(Message, SessionCipher)
        case identifying(Message)
        case proving(Message)
        case open
        case over
    }

    private struct Pending {
        /// As it was sent.
        var request: Message
        var token: Int
    }

    private let authentication: ClientAuthentication
    private let options: SessionOptions
    private var state = State.connecting
    private var session = ClientSession.login
    private var pending: [UInt32: Pending] = [:]
    /// Whether the server knows who we are.
    private(set) var isProven = false
    private var lastRequestID: UInt32

    /// - Parameter firstRequestID: Below 2^31; the next ones count up from it.
    init(authentication: ClientAuthentication, options: SessionOptions, firstRequestID: UInt32) {
        self.authentication = authentication
        self.options = options
        lastRequestID = firstRequestID
    }

    var isOpen: Bool { if case .open = state { true } else { false } }
    /// Whether another request may be submitted.
    var hasRoom: Bool { isOpen && pending.count < (isProven ? options.window : 1) }
    var pendingCount: Int { pending.count }
    /// What is under way when the connection ends: nobody knows what became of it.
    var pendingTokens: [Int] { pending.values.map(\.token) }

    private mutating func nextRequestID() -> UInt32 {
        lastRequestID = (lastRequestID &+ 1) & 0x7FFF_FFFF
        return lastRequestID
    }

    // MARK: Set-up

    /// The connection is there.
    mutating func opened(at now: UInt32) throws(ClientError) -> [UInt8] {
        guard let offer = try SessionKeyOffer(options.kind) else { return try logIn(at: now) }
        let (mode, key) = offer.setup
        let body = SessionSetup(mode: mode, timeout: options.lifetime, identity: authentication.identity, key: key)
        let request = message(
            .sessionSetup, .sessionSetup(body), flags: [.usual, .keepAlive, .certify, .requestDigest], at: now)
        state = .settingUp(request, offer)
        return request.bytes()
    }

    private mutating func logIn(at now: UInt32) throws(ClientError) -> [UInt8] {
        var request = message(
            .loginWithKey, .keyLogin(KeyLogin(key: authentication.identity)),
            flags: [.recursive, .keepAlive], at: now)
        let bytes = try session.protect(&request)
        state = .identifying(request)
        return bytes
    }

    /// Asks for what servers challenge in a session, whatever stands there: a resolution of more than the public may
    /// read. The values are such as are public in nearly every record of a prefix, so that it is no question whether
    /// the administrator may read them.
    private mutating func identify(at now: UInt32) throws(ClientError) -> Action {
        var types = [ValueType.administrator]
        if case .privateKey = authentication.key { types.append(ValueType.publicKey) }
        let query = Query(handle: authentication.identity.handle, types: types)
        var request = message(
            .resolution, .query(query), flags: [.recursive, .cacheCertify, .keepAlive, .authoritative], at: now)
        let bytes = try session.protect(&request)
        state = .identifying(request)
        return .send(bytes)
    }

    private mutating func message(_ opCode: OpCode, _ body: RequestBody, flags: OpFlags, at now: UInt32) -> Message {
        var message = ClientRequest.administration(opCode, body, flags: flags, at: now)
        message.envelope.requestID = nextRequestID()
        return message
    }

    // MARK: Requests

    /// Takes a request; its bytes. Only while there is room.
    mutating func submit(
        _ request: AdministrativeRequest, token: Int, at now: UInt32
    ) throws(ClientError) -> [UInt8] {
        var message = request.message(at: now)
        guard message.contentByteCount + 256 <= Limits.messageByteCount else { throw ClientError(.requestTooLong) }
        message.envelope.requestID = nextRequestID()
        let bytes = try session.protect(&message)
        pending[message.envelope.requestID] = Pending(request: message, token: token)
        return bytes
    }

    /// Ends the session at the server; nil where there is none to end.
    mutating func close(at now: UInt32) -> [UInt8]? {
        defer { state = .over }
        guard isOpen, session.cipher != nil else { return nil }
        var request = message(.sessionTerminate, .handle(HandleRequest()), flags: [.usual, .keepAlive], at: now)
        return try? session.protect(&request)
    }

    // MARK: Answers

    /// Takes a whole answer: envelope and message.
    mutating func received(_ bytes: RawSpan, at now: UInt32) -> Action {
        do throws(ClientError) {
            return try take(bytes, at: now)
        } catch {
            state = .over
            return .end(error.code)
        }
    }

    private mutating func take(_ bytes: RawSpan, at now: UInt32) throws(ClientError) -> Action {
        let (message, wasSealed) = try session.open(bytes)
        try Self.checkSession(message)
        let answer: Answer
        do throws(WireError) { answer = try Answer(parsing: message) } catch { throw ClientError(.malformedAnswer) }
        switch state {
        case .connecting, .over: return .wait
        case .settingUp(let request, let offer):
            try AnswerCheck.check(message, answer, to: request, at: now)
            return try setUp(message, answer, offer, at: now)
        case .exchangingKey(let request, let cipher):
            try AnswerCheck.check(message, answer, to: request, at: now)
            try Self.requireSuccess(message)
            session = protected(message.envelope.sessionID, cipher)
            return try identify(at: now)
        case .identifying(let request):
            try AnswerCheck.check(message, answer, to: request, at: now)
            try session.check(message, wasSealed: wasSealed)
            return try identified(message, answer, request)
        case .proving(let request):
            try AnswerCheck.check(message, answer, to: request, at: now)
            try session.check(message, wasSealed: wasSealed)
            // 400 is said before the proof is looked at, where the administrator may not read his own handle.
            let code = message.header.responseCode
            isProven = !code.isRefusalOfIdentity
            guard isProven || code == .notAdministrator && session.cipher != nil else {
                throw ClientError(.identityRefused(code))
            }
            state = .open
            return .ready
        case .open:
            return try takeAnswer(message, answer, wasSealed: wasSealed, at: now)
        }
    }

    /// A server that does not know the session, or could not open what was sent, cannot protect its answer.
    private static func checkSession(_ message: Message) throws(ClientError) {
        switch message.header.responseCode {
        case .sessionTimeout, .invalidSessionKey, .sessionMessageRejected: throw ClientError(.sessionLost)
        default: return
        }
    }

    private static func requireSuccess(_ message: Message) throws(ClientError) {
        guard message.header.responseCode == .success else {
            throw ClientError(.sessionRefused(message.header.responseCode))
        }
    }

    private mutating func setUp(
        _ message: Message, _ answer: Answer, _ offer: SessionKeyOffer, at now: UInt32
    ) throws(ClientError) -> Action {
        try Self.requireSuccess(message)
        guard case .sessionSetup(let body) = answer.body else { throw ClientError(.malformedAnswer) }
        if let serverKey = options.serverKey { try AnswerSignature.verify(message, key: serverKey) }
        let agreement = try offer.agree(
            on: body, version: message.envelope.version, ciphers: options.ciphers, serverKey: options.serverKey)
        let number = message.envelope.sessionID
        guard let encryptedKey = agreement.encryptedKey else {
            session = protected(number, agreement.cipher)
            return try identify(at: now)
        }
        var request = self.message(
            .sessionExchangeKey, .sessionKeyExchange(SessionKeyExchange(encryptedKey: encryptedKey)),
            flags: [.usual, .keepAlive], at: now)
        request.envelope.sessionID = number
        state = .exchangingKey(request, agreement.cipher)
        return .send(request.bytes())
    }

    private func protected(_ number: UInt32, _ cipher: SessionCipher) -> ClientSession {
        ClientSession(
            number: number, cipher: cipher, encrypts: options.encrypts,
            authenticatesAnswers: options.authenticatesAnswers)
    }

    private mutating func identified(
        _ message: Message, _ answer: Answer, _ request: Message
    ) throws(ClientError) -> Action {
        guard message.header.responseCode == .authenticationNeeded else {
            // A login is always challenged; a session may be anybody's until something is asked that it may not.
            guard session.cipher != nil else { throw ClientError(.sessionRefused(message.header.responseCode)) }
            state = .open
            return .ready
        }
        let (proof, bytes) = try prove(message, answer, request)
        var expected = request
        expected.envelope.requestID = proof
        state = .proving(expected)
        return .send(bytes)
    }

    /// The proof that a challenge asks for: its request id and bytes.
    private mutating func prove(
        _ challenge: Message, _ answer: Answer, _ request: Message
    ) throws(ClientError) -> (UInt32, [UInt8]) {
        var proof = try authentication.proof(to: challenge, answer, of: request)
        proof.envelope.requestID = nextRequestID()
        // A login's challenge has a number of its own, or its connection's.
        let bytes = session.cipher == nil ? proof.bytes() : try session.protect(&proof)
        return (proof.envelope.requestID, bytes)
    }

    private mutating func takeAnswer(
        _ message: Message, _ answer: Answer, wasSealed: Bool, at now: UInt32
    ) throws(ClientError) -> Action {
        let identifier = message.envelope.requestID
        guard let waiting = pending[identifier] else { throw ClientError(.answerToAnother) }
        var expected = waiting.request
        expected.envelope.requestID = identifier
        if message.header.opCode == .challengeAnswer { expected.header.opCode = .challengeAnswer }
        try AnswerCheck.check(message, answer, to: expected, at: now)
        try session.check(message, wasSealed: wasSealed)
        let code = message.header.responseCode
        if code == .authenticationNeeded, !isProven {
            let (proof, bytes) = try prove(message, answer, waiting.request)
            pending[identifier] = nil
            pending[proof] = waiting
            return .send(bytes)
        }
        // The request that was challenged has been answered under the proof's number.
        if waiting.request.envelope.requestID != identifier { isProven = isProven || !code.isRefusalOfIdentity }
        let isLast = !message.header.flags.contains(.continuous)
        if isLast { pending[identifier] = nil }
        return .answered(token: waiting.token, message, answer, isLast: isLast)
    }

    /// The connection has ended, from either side.
    mutating func closed() -> Action {
        if case .over = state { return .wait }
        state = .over
        return .end(.closed)
    }

    /// Nothing has come for too long.
    mutating func timedOut() -> Action {
        if case .over = state { return .wait }
        state = .over
        return .end(.timedOut)
    }
}

extension ResponseCode {
    /// Whether it says that the server does not believe who asks; 400 also where it did not look at the proof.
    var isRefusalOfIdentity: Bool {
        switch self {
        case .notAdministrator, .authenticationNeeded, .authenticationFailed, .invalidCredential,
            .authenticationTimeout, .authenticationError, .serverTooBusy:
            true
        default: false
        }
    }
}
