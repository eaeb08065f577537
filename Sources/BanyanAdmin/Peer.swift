/// Who asked, as far as the network tells.
public struct Peer: Hashable, Sendable {
    /// The address's first eight bytes as a number; 0 for IPv4, which is held as ::ffff:a.b.c.d.
    public var addressHigh: UInt64
    /// The address's last eight bytes as a number.
    public var addressLow: UInt64
    public var port: UInt16
    /// Names the connection for as long as the node runs, for what belongs to it alone (a login); nil over datagrams.
    public var connection: UInt64?

    public init(addressHigh: UInt64, addressLow: UInt64, port: UInt16, connection: UInt64? = nil) {
        self.addressHigh = addressHigh
        self.addressLow = addressLow
        self.port = port
        self.connection = connection
    }
}
