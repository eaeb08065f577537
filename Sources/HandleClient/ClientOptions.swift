internal import NIOCore

/// How a client asks. The times are those of the reference's client.
public struct ClientOptions: Sendable {
    public enum Transport: Sendable, Equatable {
        /// UDP; TCP when nobody answers.
        case datagramThenStream
        case datagramOnly
        case streamOnly
    }

    public var transport = Transport.datagramThenStream
    /// How long each sending of a datagram waits for its answer, in milliseconds.
    public var datagramTimeouts: [Int64] = [500, 1_000, 1_500]
    /// How long connecting may take over TCP, in milliseconds.
    public var connectTimeout: Int64 = 10_000
    /// From connecting to the whole answer over TCP, in milliseconds.
    public var streamTimeout: Int64 = 60_000
    /// TLS over TCP, and then nothing goes over UDP; nil: in clear. A server that is referred to is asked by TLS as
    /// well, or not at all.
    public var security: StreamSecurity?
    /// Ask for a digest of the request in the answer, and check it: proves over UDP that the answer is to this request.
    public var wantsRequestDigest = false

    public init() {}
}
