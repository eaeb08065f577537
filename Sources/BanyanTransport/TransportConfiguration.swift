import CLinux

/// What the doors allow: addresses, counts, times. The defaults are those of the manual.
public struct TransportConfiguration: Sendable {
    /// Where to listen, by UDP and TCP on the same port. An IPv6 address takes IPv6 alone.
    public var listen: [Endpoint]
    /// Where the same is spoken inside TLS, over TCP alone.
    public var secureListen: [Endpoint] = []
    /// Threads that answer datagrams, for each address; also the event loops for streams.
    public var workerCount = 1
    /// Memory for records in front of the index, in bytes, for all threads that answer together (`table.memory`).
    public var tableByteCount = 0
    /// Threads for signatures and administration.
    public var poolThreadCount = 2

    /// Networks for which no limit per address holds (`limits.exempt`).
    public var exempt = Network.loopback
    /// Most datagrams of an answer to an address that has proven nothing (`limits.datagrams`).
    public var datagramCount = 4
    /// Seconds for which an address counts as proven after a whole exchange over TCP.
    public var provenSeconds: UInt32 = 600
    public var rates = RateLimits()

    /// How long a connection may be silent between requests (`limits.idle`).
    public var idleTimeout: Duration = .seconds(30)
    /// The same for a connection that set up a session, logged in, or began with GET_SITE_INFO: clients that do keep
    /// one connection for all that follows. The kernel's probes find those whose other end is gone.
    public var sessionIdleTimeout: Duration = .seconds(86_400)
    /// From a message's first byte to its last.
    public var messageTimeout: Duration = .seconds(5)
    /// How long the other side may take nothing of what was sent to it.
    public var writeTimeout: Duration = .seconds(10)
    /// How long the other side may keep its half open after we closed ours.
    public var lingerTimeout: Duration = .seconds(2)
    /// Most requests of a connection in work; at this count no more are read from it.
    public var requestsInWork = 256
    /// Bytes of messages that have come in part, of all streams together and beyond the first few of each
    /// (`limits.incomplete`). Who would go beyond is refused, and closed; whole requests are not touched by it.
    public var incompleteByteCount = 64 << 20
    /// Most connections from one address.
    public var connectionsPerAddress = 256
    /// Most connections. Half of the descriptors: the other half is for files, datagrams and whoever comes to help.
    public var connectionCount = max(16, Int(clamping: cl_descriptor_limit() / 2))

    /// TLS around streams to mirrors, as the server whose key the site record has; nil: none is begun.
    public var streamTLS: MirrorTLS?

    public init(listen: [Endpoint]) {
        self.listen = listen
    }

    /// Takes what doors that are open can still take; addresses, threads and sizes stay.
    mutating func takeChangeable(of other: TransportConfiguration) {
        exempt = other.exempt
        datagramCount = other.datagramCount
        rates = other.rates
        idleTimeout = other.idleTimeout
        connectionsPerAddress = other.connectionsPerAddress
    }

    /// Whether limits per address do not hold for `address`.
    @inline(__always)
    func isExempt(_ address: IPAddress) -> Bool {
        for network in exempt where network.contains(address) { return true }
        return false
    }
}

/// Answers that an address may draw by UDP: what one gets that asks more is a short refusal or
/// nothing, so that nobody can turn the node against others by asking in their name.
public struct RateLimits: Sendable {
    /// Answers a second from one address, and at most at once.
    public var answersPerSecond: UInt32 = 2_000
    public var answerBurst: UInt32 = 5_000
    /// Answers a second that are errors.
    public var errorsPerSecond: UInt32 = 100
    public var errorBurst: UInt32 = 500
    /// Bytes a second beyond three times the question.
    public var bytesPerSecond: UInt32 = 65_536
    public var byteBurst: UInt32 = 262_144
    /// Signatures and session set-ups a second.
    public var handOffsPerSecond: UInt32 = 5
    public var handOffBurst: UInt32 = 20
    /// A network (/24; /64, /56 and /48 of IPv6) may draw so many times as much as one address.
    public var networkFactor: UInt32 = 8
    /// Answers over the rates are counted, and go out all the same (`limits.dry-run`). Hand-offs stay bounded.
    public var isDryRun = false

    public init() {}
}
