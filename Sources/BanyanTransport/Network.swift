/// The addresses that share their first bits: `192.0.2.0/24`, `2001:db8::/32`, or one address alone.
public struct Network: Hashable, Sendable {
    public let address: IPAddress
    /// Bits that are compared: 0 to 32 for IPv4, 0 to 128 for IPv6.
    public let bitCount: Int

    /// A network as people write it; nil when it is none, or has bits set behind those that are compared.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        let most = address.isV4 ? 32 : 128
        let bitCount = parts.count == 1 ? most : Int(parts[1]) ?? -1
        guard (0...most).contains(bitCount), address.masked(to: bitCount) == address else { return nil }
        self.address = address
        self.bitCount = bitCount
    }

    /// Where no one outside this machine can send from.
    public static let loopback = ["127.0.0.0/8", "::1"].compactMap(Network.init)

    @inline(__always)
    public func contains(_ other: IPAddress) -> Bool {
        other.isV4 == address.isV4 && other.masked(to: bitCount) == address
    }
}

extension Network: CustomStringConvertible {
    public var description: String { "\(address)/\(bitCount)" }
}
