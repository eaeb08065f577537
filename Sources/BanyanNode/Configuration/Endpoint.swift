/// An address and a port to listen on or to be reached at: `192.0.2.1:2641`, `[2001:db8::1]:2641`.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: InternetAddress
    public var port: UInt16

    public init(address: InternetAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `defaultPort` stands in where the text has none; without one a text without port is refused.
    public init?(_ text: String, defaultPort: UInt16? = nil) {
        if let address = InternetAddress(text), let defaultPort {
            self.init(address: address, port: defaultPort)
            return
        }
        var host = text[...]
        var port = defaultPort
        if host.first == "[" {
            guard let bracket = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: bracket)...]
            host = host[host.index(after: host.startIndex)..<bracket]
            guard host.contains(":") else { return nil }
            if !rest.isEmpty {
                guard rest.first == ":", let number = Self.port(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = host.lastIndex(of: ":") {
            guard let number = Self.port(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
            guard !host.contains(":") else { return nil }
        }
        guard let port, let address = InternetAddress(String(host)) else { return nil }
        self.init(address: address, port: port)
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt16(text) : nil
    }

    public var description: String {
        address.isVersion4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
