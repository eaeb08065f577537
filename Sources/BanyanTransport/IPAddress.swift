import HandleProtocol
import NIOCore

/// An address of IPv6, or of IPv4 in its mapped form (::ffff:a.b.c.d): one form for tables and comparisons.
public struct IPAddress: Hashable, Sendable {
    /// The first eight bytes, as a number.
    public var high: UInt64
    /// The last eight bytes, as a number.
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address: its four bytes as a number.
    @inlinable
    public init(v4 address: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(address))
    }

    /// An address as people write it (RFC 4291 §2.2, but not the mixed form); nil when it is none.
    public init?(_ text: some StringProtocol) {
        let isV4 = !text.contains(":")
        guard isV4 || !text.contains("."), let address = SiteAddress(String(text)) else { return nil }
        self =
            isV4
            ? IPAddress(v4: UInt32(truncatingIfNeeded: address.low))
            : IPAddress(high: address.high, low: address.low)
    }

    /// The address of a socket; nil for a socket that has none.
    init?(_ address: SocketAddress) {
        // A link-local address carries its interface's name behind a percent sign.
        guard let text = address.ipAddress?.prefix(while: { $0 != "%" }) else { return nil }
        self.init(text)
    }

    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
    /// Whether it stands for all of a machine's addresses.
    public var isUnspecified: Bool { high == 0 && (low == 0 || low == 0xFFFF_0000_0000) }

    /// The first `bitCount` bits, counted in IPv4 from where its four bytes begin; the rest zero.
    func masked(to bitCount: Int) -> IPAddress {
        let bits = isV4 ? 96 + bitCount : bitCount
        return IPAddress(
            high: bits >= 64 ? high : high & ~(UInt64.max >> UInt64(bits)),
            low: bits <= 64 ? 0 : low & ~(bits >= 128 ? 0 : UInt64.max >> UInt64(bits - 64)))
    }

    /// The address as NIO takes it.
    func socketAddress(port: Int) throws -> SocketAddress {
        var bytes = ByteBuffer()
        if isV4 {
            bytes.writeInteger(UInt32(truncatingIfNeeded: low))
        } else {
            bytes.writeInteger(high)
            bytes.writeInteger(low)
        }
        return try SocketAddress(packedIPAddress: bytes, port: port)
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        guard let address = try? socketAddress(port: 0) else { return "" }
        return address.ipAddress ?? ""
    }
}
