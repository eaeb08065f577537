/// What becomes of one request.
public enum Outcome: Equatable, Sendable {
    /// The response holds envelope and message, whole, not cut into datagrams.
    case reply
    /// Streams: the response, then the end of the connection, because nobody can say where the next message begins.
    case replyAndClose
    /// Streams: the response; if bytes already follow the request they are not trusted and the connection ends, since
    /// the request's own lengths disagree with each other.
    case replyAndDistrust
    /// Datagrams: silence. Streams: close without a word.
    case drop
    /// The response does not fit: ask again with a buffer of `Resolver.largestResponseByteCount`, or give up.
    case tooLong
    /// Not for this thread.
    case handOff(HandOff)
}

/// Why a request needs another thread than the one that resolves.
public enum HandOff: Equatable, Sendable {
    /// The answer must be signed.
    case signature
    /// Values that only an administrator may read are asked for: a challenge first.
    case challenge
    /// The request belongs to a session, or is encrypted.
    case session
    /// Any other operation than resolution and site information.
    case administration
}

/// How a request came in.
public enum TransportKind: Equatable, Sendable {
    case datagram
    case stream
}
