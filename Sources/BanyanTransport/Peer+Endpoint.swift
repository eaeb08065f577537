import BanyanAdmin

extension Peer {
    init(_ endpoint: Endpoint, connection: UInt64? = nil) {
        self.init(
            addressHigh: endpoint.address.high, addressLow: endpoint.address.low, port: endpoint.port,
            connection: connection)
    }
}
