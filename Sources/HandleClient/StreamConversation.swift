import HandleProtocol
import TLSChannel

/// One request over TCP: the answer's bytes come in any pieces, and may be followed by the end of the stream
/// (RFC 3652 §2.3). No socket and no clock: each event gives the action to take.
struct StreamConversation {
    enum Action: Equatable {
        case wait
        /// The bytes of the whole answer: envelope and message.
        case answered([UInt8])
        case giveUp(ClientError.Code)
    }

    private var bytes: [UInt8] = []
    private var isOver = false

    mutating func received(_ piece: RawSpan) -> Action {
        guard !isOver else { return .wait }
        bytes += piece.array
        guard let envelope = try? Envelope(parsing: bytes.rawSpan) else { return .wait }
        guard envelope.messageByteCount <= UInt32(Limits.messageByteCount) else {
            return end(.giveUp(.malformedAnswer))
        }
        let whole = Envelope.byteCount + Int(envelope.messageByteCount)
        guard bytes.count >= whole else { return .wait }
        return end(.answered(Array(bytes[..<whole])))
    }

    mutating func closed() -> Action { end(.giveUp(.closed)) }

    /// - Parameter error: What TLS says, where it is in use.
    mutating func failed(_ error: TLSError? = nil) -> Action {
        end(.giveUp(error.map { .tls($0) } ?? (bytes.isEmpty ? .refused : .closed)))
    }

    mutating func timedOut() -> Action { end(.giveUp(.timedOut)) }

    mutating func cancelled() -> Action { end(.giveUp(.cancelled)) }

    private mutating func end(_ action: Action) -> Action {
        guard !isOver else { return .wait }
        isOver = true
        return action
    }
}
