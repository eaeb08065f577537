import HandleProtocol
import TLSChannel

/// A request that may be challenged, over TCP (RFC 3652 §3.5): the request, the challenge, the proof, and the answer in
/// one message or in several. No socket and no clock: each event gives the action to take.
///
/// Some servers close the connection behind their challenge, others expect the proof on it. So the proof is sent where
/// the challenge came from, and once more over a second connection when the first ends without a word: a challenge is
/// good for one proof only, so nothing is done twice.
struct AdministrationConversation {
    enum Action: Equatable {
        case wait
        case send([UInt8])
        /// Open a second connection; `opened` then says what to send there.
        case reconnect
        /// Names of a list that goes on.
        case page(HandleList)
        /// The answer, or its last message.
        case answered(Message, Answer)
        case giveUp(ClientError.Code)
    }

    private enum State {
        case asking
        /// `isSecond`: over a second connection.
        case proving(Message, isSecond: Bool)
        case listing(Message)
        case over
    }

    private let request: Message
    private let authentication: ClientAuthentication
    private var state = State.asking
    private var bytes: [UInt8] = []

    init(_ request: Message, authentication: ClientAuthentication) {
        self.request = request
        self.authentication = authentication
    }

    mutating func opened() -> Action {
        bytes = []
        switch state {
        case .asking: return .send(request.bytes())
        case .proving(let proof, _): return .send(proof.bytes())
        case .listing, .over: return .wait
        }
    }

    /// Takes what has come.
    /// - Parameter now: Seconds since 1970.
    mutating func received(_ piece: RawSpan, at now: UInt32) -> Action {
        bytes += piece.array
        return next(at: now)
    }

    /// Looks at what is there; to be called after each page, since several messages may have come at once.
    mutating func next(at now: UInt32) -> Action {
        if case .over = state { return .wait }
        guard let envelope = try? Envelope(parsing: bytes.rawSpan) else { return .wait }
        guard envelope.messageByteCount <= UInt32(Limits.messageByteCount) else { return giveUp(.malformedAnswer) }
        let byteCount = Envelope.byteCount + Int(envelope.messageByteCount)
        guard bytes.count >= byteCount else { return .wait }
        let whole = Array(bytes[..<byteCount])
        bytes.removeFirst(byteCount)
        do throws(ClientError) {
            return try received(message: whole, at: now)
        } catch {
            return giveUp(error.code)
        }
    }

    private mutating func received(message bytes: [UInt8], at now: UInt32) throws(ClientError) -> Action {
        let message: Message
        let answer: Answer
        do throws(WireError) {
            message = try Message(parsing: bytes.rawSpan)
            answer = try Answer(parsing: message)
        } catch {
            throw ClientError(.malformedAnswer)
        }
        try AnswerCheck.check(message, answer, to: answered(by: message), at: now)
        if case .asking = state, message.header.responseCode == .authenticationNeeded {
            let proof = try authentication.proof(to: message, answer, of: request)
            state = .proving(proof, isSecond: false)
            return .send(proof.bytes())
        }
        if case .handles(let page) = answer.body, message.header.flags.contains(.continuous) {
            if case .proving(let proof, _) = state { state = .listing(proof) }
            return .page(page)
        }
        state = .over
        return .answered(message, answer)
    }

    /// What an answer must fit: our operation under the number of what was sent last. Where a challenge is not known
    /// any more, the server does not know the operation, and names the proof's.
    private func answered(by message: Message) -> Message {
        var expected = request
        if case .proving(let proof, _) = state { expected.envelope.requestID = proof.envelope.requestID }
        if case .listing(let proof) = state { expected.envelope.requestID = proof.envelope.requestID }
        if message.header.opCode == .challengeAnswer { expected.header.opCode = .challengeAnswer }
        return expected
    }

    /// The connection has ended, from either side.
    mutating func closed() -> Action {
        switch state {
        case .asking: return giveUp(.closed)
        case .proving(let proof, isSecond: false) where bytes.isEmpty:
            state = .proving(proof, isSecond: true)
            return .reconnect
        case .proving: return giveUp(.unknownOutcome)
        case .listing: return giveUp(.closed)
        case .over: return .wait
        }
    }

    /// - Parameter error: What TLS says, where it is in use: before a proof is sent, that is why.
    mutating func failed(_ error: TLSError?) -> Action {
        if let error, case .asking = state { return giveUp(.tls(error)) }
        return closed()
    }

    mutating func timedOut() -> Action {
        if case .proving = state { return giveUp(.unknownOutcome) }
        return giveUp(.timedOut)
    }

    private mutating func giveUp(_ code: ClientError.Code) -> Action {
        if case .over = state { return .wait }
        state = .over
        return .giveUp(code)
    }
}
