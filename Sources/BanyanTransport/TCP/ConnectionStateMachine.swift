package import HandleProtocol
package import NIOCore

/// What one connection does next. It holds no channel and no clock: whoever performs the actions tells the time.
///
/// Rules:
///  1. Requests are answered as their answers are ready, any number of them; at `requestsInWork` no more are read.
///  2. After an answer the connection ends if all of these hold: the request, and any in front of it, came in version
///     2.11 or later, without the keep-alive flag, and was none of GET_SITE_INFO, session set-up and login; the answer
///     is not continued; nothing else is in work, and no byte has come behind the request. So requests sent together
///     are all answered. The reference closes after every answer; Chinese clients keep one connection for all they do
///     and never set the flag; a Python client reads until the end of the stream (RFC-notes.md).
///  3. A message must be whole in time, counted from its first byte; the other side must take what is sent to it; a
///     connection on which nothing is in work ends after a while, those of clients that stay after a day.
///  4. The end of the stream from the other side ends the connection when the requests that came before are answered.
///  5. Our half is closed first, and what still comes is read and thrown away for a moment: closing with bytes unread
///     would make the kernel tear down the connection, and the last answer with it.
package struct ConnectionStateMachine {
    package struct Timeouts: Sendable {
        package var message, write, idle, sessionIdle, linger: TimeAmount

        package init(
            message: TimeAmount, write: TimeAmount, idle: TimeAmount, sessionIdle: TimeAmount, linger: TimeAmount
        ) {
            self.message = message
            self.write = write
            self.idle = idle
            self.sessionIdle = sessionIdle
            self.linger = linger
        }
    }

    package enum Action: Equatable, Sendable {
        case none
        case closeOutput
        case close
    }

    /// What took too long.
    package enum Timeout: Equatable, Sendable {
        case message, write, idle, linger
    }

    private enum Phase {
        /// Requests are read.
        case open
        /// None is read any more; answers in work are still written.
        case finishing
        /// Our half is closed.
        case lingering
        case closed
    }

    private let timeouts: Timeouts
    private let requestsInWorkMax: Int
    private var phase = Phase.open
    private var requestCount = 0
    private var inWork = 0
    private var writesUnderWay = 0
    /// Rule 2, as far as all requests tell, and as far as what has come since the last one does.
    private var asksForEnd = true
    private var endsAfterAnswer = false
    private var inputEnded = false
    /// Whether the client is one that stays.
    package private(set) var isSession = false
    private var messageBegan: NIODeadline?
    private var lastWriteProgress: NIODeadline
    package private(set) var lastActivity: NIODeadline

    package init(timeouts: Timeouts, requestsInWork: Int, at now: NIODeadline) {
        self.timeouts = timeouts
        requestsInWorkMax = requestsInWork
        lastWriteProgress = now
        lastActivity = now
    }

    /// Whether bytes that arrive may belong to requests.
    package var takesBytes: Bool { phase == .open }
    /// Whether requests are taken from what was received.
    package var takesRequests: Bool { phase == .open && inWork < requestsInWorkMax }
    /// Whether bytes are read from the connection.
    package var reads: Bool { takesRequests || phase == .lingering }
    package var isClosed: Bool { phase == .closed }
    /// Whether nothing is in work and nobody waits: such a connection may be closed to make room.
    package var isIdle: Bool { phase == .open && inWork == 0 && writesUnderWay == 0 }

    // MARK: Requests

    package mutating func bytesArrived(at now: NIODeadline) {
        // What comes behind the end is thrown away, and buys no time.
        guard phase != .lingering else { return }
        lastActivity = now
        // They came behind a request.
        if requestCount > 0 { endsAfterAnswer = false }
    }

    package mutating func requestArrived(version: ProtocolVersion, opCode: OpCode, flags: OpFlags) {
        messageBegan = nil
        inWork += 1
        requestCount += 1
        let stays = opCode == .getSiteInfo || opCode.setsUpSession
        asksForEnd = asksForEnd && version.hasFeatures(of2: 11) && !flags.contains(.keepAlive) && !stays
        endsAfterAnswer = asksForEnd
        if requestCount == 1 && opCode == .getSiteInfo { isSession = true }
    }

    /// An answer is about to be written. `bytesFollow`: bytes have come behind its request.
    package mutating func requestAnswered(continues: Bool, bytesFollow: Bool, setsUpSession: Bool) {
        inWork -= 1
        if setsUpSession { isSession = true }
        if continues { asksForEnd = false }
        if endsAfterAnswer && inWork == 0 && !continues && !bytesFollow { finish() }
    }

    /// What was received ends inside a message.
    package mutating func messageIncomplete(at now: NIODeadline) {
        if messageBegan == nil { messageBegan = now }
    }

    /// No more requests: framing is broken, a request is answered with silence, the node stops.
    package mutating func finish() {
        if phase == .open { phase = .finishing }
        messageBegan = nil
    }

    package mutating func inputClosed() {
        inputEnded = true
        if phase == .open { finish() }
    }

    // MARK: Writing

    package mutating func writeBegan(at now: NIODeadline) {
        if writesUnderWay == 0 { lastWriteProgress = now }
        writesUnderWay += 1
    }

    package mutating func writeProgressed(at now: NIODeadline) {
        lastWriteProgress = now
    }

    package mutating func writeFinished(at now: NIODeadline) {
        writesUnderWay -= 1
        lastWriteProgress = now
        lastActivity = now
    }

    // MARK: What follows

    /// What is to be done now that an event has been told.
    package mutating func settle(at now: NIODeadline) -> Action {
        switch phase {
        case .finishing where inWork == 0 && writesUnderWay == 0:
            lastActivity = now
            phase = inputEnded ? .closed : .lingering
            return inputEnded ? .close : .closeOutput
        case .lingering where inputEnded:
            phase = .closed
            return .close
        case .open, .finishing, .lingering, .closed:
            return .none
        }
    }

    /// When `timeout(at:)` is to be asked next; nil while only this side is at work.
    package var deadline: NIODeadline? {
        switch phase {
        case .closed:
            return nil
        case .lingering:
            return lastActivity + timeouts.linger
        case .open, .finishing:
            if writesUnderWay > 0 { return lastWriteProgress + timeouts.write }
            if let messageBegan { return messageBegan + timeouts.message }
            guard inWork == 0 else { return nil }
            return lastActivity + (isSession ? timeouts.sessionIdle : timeouts.idle)
        }
    }

    /// What took too long, if anything did: the connection is closed then.
    package mutating func timeout(at now: NIODeadline) -> Timeout? {
        guard let deadline, deadline <= now else { return nil }
        defer { phase = .closed }
        switch phase {
        case .lingering: return .linger
        case .open, .finishing, .closed:
            if writesUnderWay > 0 { return .write }
            return messageBegan == nil ? .idle : .message
        }
    }

    package mutating func connectionLost() {
        phase = .closed
    }
}

extension OpCode {
    /// Whether success makes the client one that is known by its connection or session from then on.
    var setsUpSession: Bool { self == .sessionSetup || self == .loginWithPassword || self == .loginWithKey }
}

// What the machine must know, read from the messages themselves. Of an encrypted one nobody here can say what it says:
// it counts as one that does not want the connection to end.
extension ConnectionStateMachine {
    /// A whole request has arrived.
    @inline(__always)
    mutating func requestArrived(_ request: RawSpan) {
        let isReadable = !Envelope.Flags(rawValue: request.byte(at: 2)).contains(.encrypted)
        requestArrived(
            version: ProtocolVersion(request.byte(at: 0), request.byte(at: 1)),
            opCode: OpCode(rawValue: isReadable ? request.bigEndianUInt32(at: 20) : 0),
            flags: isReadable ? OpFlags(rawValue: request.bigEndianUInt32(at: 28)) : .keepAlive)
    }

    /// An answer, empty if there is none, is about to be written.
    @inline(__always)
    mutating func requestAnswered(_ answer: RawSpan, bytesFollow: Bool) {
        let isReadable =
            answer.byteCount >= 32
            && !Envelope.Flags(rawValue: answer.byte(at: 2)).contains(.encrypted)
        let operation = OpCode(rawValue: isReadable ? answer.bigEndianUInt32(at: 20) : 0)
        let code = ResponseCode(rawValue: isReadable ? answer.bigEndianUInt32(at: 24) : 0)
        let flags = OpFlags(rawValue: isReadable ? answer.bigEndianUInt32(at: 28) : 0)
        requestAnswered(
            continues: flags.contains(.continuous), bytesFollow: bytesFollow,
            setsUpSession: code == .success && operation.setsUpSession)
    }
}
