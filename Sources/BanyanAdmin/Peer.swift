import HandleProtocol

/// Who asked, as far as the network tells.
public struct Peer: Hashable, Sendable {
    /// The address's first eight bytes as a number; 0 for IPv4, which is held as ::ffff:a.b.c.d.
    public var addressHigh: UInt64
    /// The address's last eight bytes as a number.
    public var addressLow: UInt64
    public var port: UInt16
    /// Names the connection for as long as the node runs, for what belongs to it alone (a login); nil over datagrams.
    public var connection: UInt64?
    /// Whether nobody else reads the connection: TLS is around it.
    public var isSecure: Bool

    public init(
        addressHigh: UInt64, addressLow: UInt64, port: UInt16, connection: UInt64? = nil, isSecure: Bool = false
    ) {
        self.addressHigh = addressHigh
        self.addressLow = addressLow
        self.port = port
        self.connection = connection
        self.isSecure = isSecure
    }

    var isVersion4: Bool { addressHigh == 0 && addressLow >> 32 == 0xFFFF }

    var isLoopback: Bool {
        isVersion4 ? addressLow >> 24 & 0xFF == 127 : addressHigh == 0 && addressLow == 1
    }
}

extension Peer: CustomStringConvertible {
    /// Address and port, as the journal names where a change came from.
    public var description: String {
        guard isVersion4 else { return "[\(SiteAddress(high: addressHigh, low: addressLow))]:\(port)" }
        return "\(SiteAddress(version4: UInt32(truncatingIfNeeded: addressLow))):\(port)"
    }
}
