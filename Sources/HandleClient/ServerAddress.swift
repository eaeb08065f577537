public import HandleProtocol
public import NIOCore

/// Where a server listens: a numeric address or a host name, and a port.
public struct ServerAddress: Hashable, Sendable {
    /// The port that is registered for the Handle System.
    public static let usualPort = 2_641

    /// IPv4 or IPv6 in text form without brackets, or a host name.
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:2641`, `[::1]:2641`, `::1`, `node.example.cn:2641`; without a port 2641. Nil for anything else.
    public init?(_ text: String) {
        let host: Substring
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        } else {
            host = text[...]
        }
        let allowed = host.utf8.allSatisfy { byte in
            byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":")
                || byte == UInt8(ascii: "%") || Character(UnicodeScalar(byte)).isLetter
                || Character(UnicodeScalar(byte)).isNumber
        }
        guard !host.isEmpty, host.utf8.count <= 255, allowed else { return nil }
        var number = ServerAddress.usualPort
        if let port {
            guard let parsed = UInt16(port), parsed > 0 else { return nil }
            number = Int(parsed)
        }
        self.init(host: String(host), port: number)
    }

    /// From a site record (RFC 3651 §3.2.2). Nil when it cannot be reached: unspecified, or a port out of range.
    public init?(_ address: SiteAddress, port: UInt32) {
        guard address.high != 0 || address.low != 0, port >= 1, port <= 65_535 else { return nil }
        // Twelve zero bytes mean IPv4, but no IPv4 host begins with a zero byte: this is ::1.
        host = address.isVersion4 && address.low >> 24 == 0 ? "::\(String(address.low, radix: 16))" : "\(address)"
        self.port = Int(port)
    }

    /// The socket's address. A host name is looked up, which may take seconds: not for an event loop.
    public func socketAddress() throws(ClientError) -> SocketAddress {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return address }
        guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: port) else {
            throw ClientError(.unknownHost, server: self)
        }
        return address
    }

    /// Whether packets to it stay on this machine. A host name is looked up; one that is unknown is not.
    public var isLoopback: Bool {
        guard let address = (try? socketAddress())?.ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}

extension ServerAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
