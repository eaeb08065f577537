/// An IPv4 or IPv6 address as the sixteen bytes of a site record: IPv4 in the last four, twelve zeros before them
/// (RFC 3651 §3.2.2).
public struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
    /// Sixteen bytes.
    public let bytes: [UInt8]
    public let isVersion4: Bool

    public init?(_ text: String) {
        if let four = SystemAddress.bytes(version4: text) {
            bytes = [UInt8](repeating: 0, count: 12) + four
            isVersion4 = true
        } else if let sixteen = SystemAddress.bytes(version6: text) {
            bytes = sixteen
            isVersion4 = false
        } else {
            return nil
        }
    }

    /// The unspecified address: a listener's "all addresses", of no use to a client.
    public var isWildcard: Bool { bytes.allSatisfy { $0 == 0 } }

    public var isLoopback: Bool {
        isVersion4 ? bytes[12] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    public var description: String {
        isVersion4 ? bytes[12...].map(String.init).joined(separator: ".") : SystemAddress.text(version6: bytes)
    }
}
