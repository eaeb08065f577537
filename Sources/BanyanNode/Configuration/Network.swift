/// A network in CIDR form, `192.0.2.0/24` or `2001:db8::/32`; a bare address is a network of one.
public struct Network: Hashable, Sendable, CustomStringConvertible {
    public let address: InternetAddress
    /// Leading bits that count: of 32 for IPv4, of 128 for IPv6.
    public let bitCount: Int

    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = InternetAddress(String(parts[0])) else { return nil }
        let width = address.isVersion4 ? 32 : 128
        var count = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int(parts[1]), number <= width
            else { return nil }
            count = number
        }
        self.address = address
        self.bitCount = count
    }

    public var description: String { "\(address)/\(bitCount)" }
}
