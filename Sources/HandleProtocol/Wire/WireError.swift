/// Why bytes are not what they should be: the reason, the field, and where. Cheap to throw: no text is made until
/// somebody prints it, and no value is ever in it.
public struct WireError: Error, Equatable, Sendable {
    public enum Reason: Sendable {
        /// The bytes end before the field does.
        case truncated
        /// A length or count is negative, or more than the protocol or the bytes left allow.
        case outOfRange
        /// The field's content breaks its own rule.
        case malformed
        /// Bytes follow where the record must end.
        case trailingBytes
    }

    public var reason: Reason
    public var field: WireField
    /// Bytes from the start of what was parsed.
    public var offset: Int

    @inlinable
    public init(_ reason: Reason, field: WireField, offset: Int) {
        self.reason = reason
        self.field = field
        self.offset = offset
    }
}

/// A field's name as errors give it: a literal, so that naming a field costs nothing.
public struct WireField: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: StaticString

    @inlinable
    public init(stringLiteral name: StaticString) {
        self.name = name
    }

    public var description: String { name.description }

    public static func == (one: WireField, other: WireField) -> Bool {
        one.description == other.description
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .truncated: "\(field) is cut off at byte \(offset)"
        case .outOfRange: "\(field) at byte \(offset) is out of range"
        case .malformed: "\(field) at byte \(offset) is malformed"
        case .trailingBytes: "bytes follow \(field) at byte \(offset)"
        }
    }
}
