import HandleProtocol

/// What a request came to. Messages are as they are before they are signed or encrypted.
enum Performance: Sendable {
    /// How a stream is protected.
    enum Protection: Sendable {
        case signatures
        /// Inside TLS; the mirror must show one of these keys, by their digests, where there are any.
        case tls(trusting: [[UInt8]])
    }

    /// Done, or refused: one message.
    case answer(Message)
    /// One message of several, with the flag CONT, and how the rest goes on: to be called when this one is on its way,
    /// on a thread that may block.
    case page(Message, rest: @Sendable () -> Performance)
    /// A message, and the stream behind it, signed or protected by TLS.
    case stream(Message, any ReplicationFeed, Protection)
    /// Nobody has proven who asks: a challenge is to be sent, and the request to be kept.
    case needsProof
}
