import HandleProtocol

/// One request over UDP: sent, sent again while nobody answers, put together from its pieces (RFC 3652 §2.3).
/// No socket and no clock: each event gives the action to take.
struct DatagramConversation {
    enum Action: Equatable {
        /// Send the request's datagrams and come back with `timedOut` after so many milliseconds.
        case send(timeout: Int64)
        /// Wait on.
        case ignore
        /// The bytes of the whole answer: envelope and message.
        case answered([UInt8])
        case giveUp(ClientError.Code)
    }

    private let requestID: UInt32
    private var timeouts: ArraySlice<Int64>
    private var assembly: FragmentAssembly<Bool>
    private var isOver = false

    /// `timeouts`: one for each sending, in milliseconds.
    init(requestID: UInt32, timeouts: [Int64]) {
        self.requestID = requestID
        self.timeouts = timeouts[...]
        var bounds = FragmentAssembly<Bool>.Bounds()
        bounds.messageByteCount = Limits.messageByteCount
        bounds.count = 1
        // The conversation's own time-outs end it.
        bounds.milliseconds = UInt64(Int32.max)
        assembly = FragmentAssembly(bounds: bounds)
    }

    mutating func begin() -> Action { sendAgain() }

    mutating func timedOut() -> Action { isOver ? .ignore : sendAgain() }

    /// The network says that nobody listens there.
    mutating func refused() -> Action { end(.giveUp(.refused)) }

    mutating func cancelled() -> Action { end(.giveUp(.cancelled)) }

    /// What is not an answer to our request is passed over: anyone can send anything to a socket.
    mutating func received(_ datagram: RawSpan) -> Action {
        guard !isOver, let envelope = try? Envelope(parsing: datagram), envelope.requestID == requestID else {
            return .ignore
        }
        switch assembly.receive(datagram, from: true, at: 0) {
        case .complete(let bytes): return end(.answered(bytes))
        case .whole where Int(envelope.messageByteCount) == datagram.byteCount - Envelope.byteCount:
            return end(.answered(datagram.array))
        case .whole, .incomplete, .dropped: return .ignore
        }
    }

    private mutating func sendAgain() -> Action {
        guard let timeout = timeouts.popFirst() else { return end(.giveUp(.timedOut)) }
        return .send(timeout: timeout)
    }

    private mutating func end(_ action: Action) -> Action {
        guard !isOver else { return .ignore }
        isOver = true
        return action
    }
}
