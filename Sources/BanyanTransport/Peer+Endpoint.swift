public import BanyanAdmin

extension TransportConfiguration {
    /// Whether limits per address do not hold for who asked.
    public func isExempt(_ peer: Peer) -> Bool {
        isExempt(IPAddress(high: peer.addressHigh, low: peer.addressLow))
    }
}

extension Peer {
    public init(_ endpoint: Endpoint, connection: UInt64? = nil, isSecure: Bool = false) {
        self.init(
            addressHigh: endpoint.address.high, addressLow: endpoint.address.low, port: endpoint.port,
            connection: connection, isSecure: isSecure)
    }
}
