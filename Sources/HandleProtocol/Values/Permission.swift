/// Who may read and write a value (RFC 3651 §3.1).
public struct Permission: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let publicWrite = Permission(rawValue: 1)
    public static let publicRead = Permission(rawValue: 2)
    public static let administratorWrite = Permission(rawValue: 4)
    public static let administratorRead = Permission(rawValue: 8)
    /// Everyone reads, administrators write.
    public static let usual: Permission = [.administratorRead, .administratorWrite, .publicRead]
}
