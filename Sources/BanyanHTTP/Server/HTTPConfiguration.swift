public import BanyanTransport
public import TLSChannel

/// Where HTTP is spoken, and what one client may take.
public struct HTTPConfiguration: Sendable {
    public var listeners: [HTTPListener]
    /// Networks for which no limit per address holds (`limits.exempt`).
    public var exempt = Network.loopback
    /// How long a connection may be silent between requests (`limits.idle`).
    public var idleTimeout: Duration = .seconds(30)
    /// Most connections at a time of each listener; more wait in the kernel.
    public var connectionCount = 1_024
    /// Most connections from one address.
    public var connectionsPerAddress = 256
    /// Requests a second from one address, and at most at once after a pause.
    public var requestsPerSecond = 500
    public var requestBurst = 2_000
    /// Threads for what blocks.
    public var poolThreadCount = 4

    public init(listeners: [HTTPListener]) { self.listeners = listeners }
}

/// One address where HTTP is spoken.
public struct HTTPListener: Sendable {
    public var endpoint: Endpoint
    /// With it HTTP is spoken inside TLS.
    public var certificate: CertificateReload?
    /// Whether credentials count that come in clear: from a proxy on this machine that ends TLS.
    public var takesClearCredentials = false

    public init(_ endpoint: Endpoint) { self.endpoint = endpoint }
}

/// What holds for every request, whoever sends it.
public enum HTTPLimits {
    /// All fields of a request's head, in bytes.
    static let headByteCount = 16 << 10
    static let fieldCount = 100
    /// A body that is taken whole, in bytes; longer ones only where a door reads them as a stream.
    public static let bodyByteCount = 16 << 20
    /// An answer that is put together in memory, in bytes.
    static let answerByteCount = 16 << 20
    /// Bodies in memory at a time, of all requests together, in bytes.
    static let heldByteCount = 256 << 20
    /// From the first byte of a head to its last.
    static let headTimeout = Duration.seconds(5)
    /// Bytes a second that a body has to come with, on the average while it is waited for, after `bodyGrace`.
    static let bodyRate = 1_000
    static let bodyGrace = Duration.seconds(5)
    /// Bytes of a body that are still read when its answer is out.
    static let surplusByteCount = 1 << 20
}
