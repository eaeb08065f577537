/// Why a record in text form is refused: which value, which member, why. No content is ever in it.
public struct RecordError: Error, Equatable, Sendable {
    /// The value's place in the record, from 1; nil for the record itself.
    public var valueOrdinal: Int?
    /// The member, as in `data.permissions`; empty for the whole.
    public var field: WireField
    public var cause: JSONError

    public init(valueOrdinal: Int? = nil, field: WireField, _ cause: JSONError) {
        self.valueOrdinal = valueOrdinal
        self.field = field
        self.cause = cause
    }

    /// The member with its value's place, as in `values[2].data.permissions`.
    public var path: String {
        guard let valueOrdinal else { return field.description }
        let value = "values[\(valueOrdinal)]"
        return field == "" ? value : value + ".\(field)"
    }
}

extension RecordError: CustomStringConvertible {
    public var description: String { "\(path): \(cause.reason)" }
}
