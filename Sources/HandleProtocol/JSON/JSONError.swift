/// Why a JSON text is not one, or not what was wanted there: the reason, and the byte. No value is ever in it.
public struct JSONError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The text ends too early.
        case cutOff
        /// Another character stands where the grammar wants what is named.
        case expected(WireField)
        /// The value is of another kind, or outside its bounds: what would be accepted.
        case wanted(WireField)
        case controlCharacter
        case badEscape
        /// Half of a surrogate pair.
        case unpairedSurrogate
        case invalidUTF8
        case tooDeep
        case unknownMember
        case repeatedMember
        case missingMember
        case trailingText
    }

    public var reason: Reason
    /// Bytes from the start of the text.
    public var offset: Int

    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cutOff: "the text ends here; complete it"
        case .expected(let what): "\(what) expected"
        case .wanted(let what): "give \(what)"
        case .controlCharacter: "a control character stands in a string; write it as an escape"
        case .badEscape: "no such escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hex digits"
        case .unpairedSurrogate: "half of a surrogate pair; write both halves"
        case .invalidUTF8: "not UTF-8; save the text as UTF-8, and bytes as base64"
        case .tooDeep: "nested too deeply"
        case .unknownMember: "no such member; correct its name or take it out"
        case .repeatedMember: "the member is there twice; keep one"
        case .missingMember: "the member is missing; add it"
        case .trailingText: "text follows the record; one record a line"
        }
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "byte \(offset): \(reason)" }
}
