/// What the life of an identifier has come to. A handle that is out of use keeps its own values, and is answered with
/// others.
public enum RecordState: UInt8, Sendable, CaseIterable {
    case active = 0
    /// Out of use until it is resumed.
    case suspended = 1
    /// Out of use for good; it is never registered anew, and never "not found".
    case withdrawn = 2
}

extension RecordState: CustomStringConvertible {
    /// The word for it, in answers and in text forms.
    public var description: String {
        switch self {
        case .active: "active"
        case .suspended: "suspended"
        case .withdrawn: "withdrawn"
        }
    }
}
