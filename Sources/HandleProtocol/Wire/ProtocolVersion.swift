/// A version of the protocol, as an envelope carries it. Compared by age, not by number: 5.0 is an old misspelling of
/// 2.0, older than everything but 1.0.
public struct ProtocolVersion: Hashable, Sendable {
    public var major: UInt8
    public var minor: UInt8

    @inlinable
    public init(_ major: UInt8, _ minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    /// The highest that we speak; 3.0 (DO-IRP) is read, and answered in this one.
    public static let current = ProtocolVersion(2, 11)
    /// What clients fall back to when they do not know a site.
    public static let fallback = ProtocolVersion(2, 3)

    /// Whether messages of this version have what `2.minor` brought.
    @inlinable
    public func hasFeatures(of2 minor: UInt8) -> Bool {
        switch major {
        case 2: self.minor >= minor
        case 1, 5: minor == 0
        default: major > 2
        }
    }

    /// The version of the answer: the lower of what the client suggests and `current`. A suggestion of major 0 comes
    /// from a client of the RFC, which has no such field: it means the message's own version.
    @inlinable
    public static func negotiated(message: ProtocolVersion, suggested: ProtocolVersion) -> ProtocolVersion {
        let wanted = suggested.major == 0 ? message : suggested
        switch wanted.major {
        case 1, 5: return wanted
        case 2: return wanted.minor < current.minor ? wanted : current
        default: return current
        }
    }
}
