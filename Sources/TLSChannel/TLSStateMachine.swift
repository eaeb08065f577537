/// Where one end of a TLS connection stands. It holds no channel, clock or cipher: whoever performs what it answers
/// tells it of every event.
///
/// Rules:
///  1. The handshake begins when the connection is there, and nothing of the application's is sent before its end.
///  2. Each direction ends with close_notify (RFC 8446 §6.1). The other end's ends our input alone: answers that are in
///     work are still sent. Where nobody above can do with half a connection, it ends both.
///  3. A stream that ends without close_notify was cut off, by whomever.
///  4. After a failure nothing more is read or written but the alert that tells of it.
struct TLSStateMachine: Equatable {
    enum Phase: Equatable {
        case idle
        case handshaking
        case open
        case closed
    }

    private(set) var phase = Phase.idle
    private(set) var isInputOpen = true
    private(set) var isOutputOpen = true

    /// Whether bytes from the network are looked at.
    var takesBytes: Bool { (phase == .handshaking || phase == .open) && isInputOpen }
    /// Whether the application may write, now or when the handshake is done.
    var takesWrites: Bool { phase != .closed && isOutputOpen }

    /// The connection is there; true when the handshake is to begin.
    mutating func activated() -> Bool {
        guard phase == .idle else { return false }
        phase = .handshaking
        return true
    }

    mutating func handshakeDone() {
        if phase == .handshaking { phase = .open }
    }

    enum InputEnd: Equatable {
        case none
        /// Told to the application, which may go on writing.
        case inputClosed
        case close
    }

    /// close_notify has come.
    mutating func peerClosed(allowsHalf: Bool) -> InputEnd {
        guard phase == .open, isInputOpen else { return .none }
        isInputOpen = false
        // With the output closed before, both are: the application waits for just this.
        return allowsHalf ? .inputClosed : .close
    }

    enum StreamEnd: Equatable {
        /// It was announced.
        case expected
        case truncated
        case handshakeInterrupted
    }

    /// Nothing more comes from the network. What close_notify announced leaves our own half open.
    mutating func inputEnded() -> StreamEnd {
        switch phase {
        case .idle, .closed: return .expected
        case .handshaking:
            phase = .closed
            return .handshakeInterrupted
        case .open:
            guard isInputOpen else { return .expected }
            phase = .closed
            return .truncated
        }
    }

    /// The connection is gone.
    mutating func connectionLost() -> StreamEnd {
        defer { phase = .closed }
        return inputEnded()
    }

    /// The application has sent all it will; true when close_notify is to be sent.
    mutating func outputClosed() -> Bool {
        defer { isOutputOpen = false }
        return phase == .open && isOutputOpen
    }

    /// The application wants no more of the connection; true when close_notify is to be sent.
    mutating func closed() -> Bool {
        defer { phase = .closed }
        return outputClosed()
    }

    /// Something went wrong; true the first time.
    mutating func failed() -> Bool {
        defer { phase = .closed }
        return phase != .closed
    }
}
