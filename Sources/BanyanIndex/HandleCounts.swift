/// How many handles there are under a prefix, and what their lives have come to.
public struct HandleCounts: Equatable, Sendable {
    /// Handles that are there, suspended and withdrawn ones included.
    public var handleCount: UInt64 = 0
    public var suspendedCount: UInt64 = 0
    public var withdrawnCount: UInt64 = 0

    public init() {}

    /// Counts a record with these flags; one of a deleted handle counts nowhere.
    mutating func add(_ flags: RecordFlags) {
        if !flags.contains(.deleted) { handleCount &+= 1 }
        if flags.contains(.suspended) { suspendedCount &+= 1 }
        if flags.contains(.withdrawn) { withdrawnCount &+= 1 }
    }

    mutating func remove(_ flags: RecordFlags) {
        if !flags.contains(.deleted) { handleCount &-= 1 }
        if flags.contains(.suspended) { suspendedCount &-= 1 }
        if flags.contains(.withdrawn) { withdrawnCount &-= 1 }
    }
}
