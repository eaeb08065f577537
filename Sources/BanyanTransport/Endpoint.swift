import NIOCore

/// An address and a port: `127.0.0.1:2641`, `[::1]:2641`.
public struct Endpoint: Hashable, Sendable {
    public var address: IPAddress
    /// 0 where a listener leaves the choice to the kernel.
    public var port: UInt16

    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// An endpoint as people write it; nil when it is none. IPv6 stands in brackets.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), host.contains(":") else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let address = IPAddress(host) else { return nil }
        self.init(address: address, port: port)
    }

    init?(_ address: SocketAddress?) {
        guard let address, let ip = IPAddress(address), let port = address.port else { return nil }
        self.init(address: ip, port: UInt16(truncatingIfNeeded: port))
    }

    func socketAddress() throws -> SocketAddress {
        try address.socketAddress(port: Int(port))
    }
}

extension Endpoint: CustomStringConvertible {
    public var description: String { address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}
