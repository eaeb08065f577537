public import BanyanTransport
import HandleProtocol

extension Endpoint {
    /// As `init(_:)`, but `defaultPort` stands in where the text has none.
    public init?(_ text: String, defaultPort: UInt16) {
        let host = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        if let address = IPAddress(host) {
            self.init(address: address, port: defaultPort)
        } else {
            self.init(text)
        }
    }
}

extension IPAddress {
    /// Whether only this machine reaches it.
    var isLoopback: Bool { Network.loopback.contains { $0.contains(self) } }

    /// As a site record holds it.
    var siteAddress: SiteAddress {
        isV4 ? SiteAddress(version4: UInt32(truncatingIfNeeded: low)) : SiteAddress(high: high, low: low)
    }
}
