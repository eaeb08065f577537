/// Reads a JSON text in place, piece by piece, as the caller asks for it (RFC 8259): no tree, no copy, no allocation.
///
/// Strict: UTF-8 is checked, control characters, lone surrogates, leading zeros and trailing commas are refused. Depth
/// is bounded where structure is skipped; everywhere else the caller's own code bounds it.
public struct JSONReader: ~Escapable {
    let bytes: RawSpan
    /// Bytes read so far.
    public internal(set) var position = 0

    /// Deepest nesting that `skipValue` walks through.
    static let depthLimit = 32

    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) { self.bytes = bytes }

    public enum Kind: Sendable { case object, array, string, number, literal }

    /// The kind of the value that comes next.
    public mutating func peek() throws(JSONError) -> Kind {
        skipSpace()
        switch bytes.byte(at: position) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal
        default: throw failure(.expected("a value"))
        }
    }

    /// Enters an object; `nextMember` then walks it.
    public mutating func beginObject() throws(JSONError) {
        skipSpace()
        guard bytes.byte(at: position) == UInt8(ascii: "{") else { throw failure(.wanted("an object")) }
        position &+= 1
    }

    /// The next member's name, with the reader in front of its value; nil when the object ends. `isFirst` is true for
    /// the first call of an object, and this sets it to false.
    public mutating func nextMember(isFirst: inout Bool) throws(JSONError) -> MemberName? {
        guard let name = try nextMemberString(isFirst: &isFirst) else { return nil }
        return memberName(name)
    }

    /// As `nextMember`, for objects whose members may have any name.
    public mutating func nextMemberString(isFirst: inout Bool) throws(JSONError) -> JSONString? {
        guard try nextElement(isFirst: &isFirst, closing: UInt8(ascii: "}"), "a comma or a closing brace") else {
            return nil
        }
        guard bytes.byte(at: position) == UInt8(ascii: "\"") else { throw failure(.expected("a member's name")) }
        let name = try readString()
        skipSpace()
        guard bytes.byte(at: position) == UInt8(ascii: ":") else { throw failure(.expected("a colon")) }
        position &+= 1
        skipSpace()
        return name
    }

    /// Enters an array; `nextElement` then walks it.
    public mutating func beginArray() throws(JSONError) {
        skipSpace()
        guard bytes.byte(at: position) == UInt8(ascii: "[") else { throw failure(.wanted("an array")) }
        position &+= 1
    }

    /// Whether another element follows, with the reader in front of it.
    public mutating func nextElement(isFirst: inout Bool) throws(JSONError) -> Bool {
        try nextElement(isFirst: &isFirst, closing: UInt8(ascii: "]"), "a comma or a closing bracket")
    }

    @inline(__always)
    private mutating func nextElement(
        isFirst: inout Bool, closing: UInt8, _ expected: WireField
    ) throws(JSONError) -> Bool {
        skipSpace()
        let byte = bytes.byte(at: position)
        if byte == closing {
            position &+= 1
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw failure(.expected(expected)) }
        position &+= 1
        skipSpace()
        guard bytes.byte(at: position) != closing else { throw failure(.expected("an element behind the comma")) }
        return true
    }

    /// A string, checked; `contents` gives its characters.
    public mutating func readString() throws(JSONError) -> JSONString {
        skipSpace()
        guard bytes.byte(at: position) == UInt8(ascii: "\"") else { throw failure(.wanted("a string")) }
        position &+= 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainCharacters()
            switch bytes.byte(at: position) {
            case UInt8(ascii: "\""):
                let end = position
                position &+= 1
                return JSONString(range: start..<end, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position &+= try escape(at: position).byteCount
            case 0..<0x20:
                throw failure(.controlCharacter)
            case 0x80...0xFF:
                let count = UTF8Text.characterByteCount(in: bytes, at: position)
                guard count > 0 else { throw failure(.invalidUTF8) }
                position &+= count
            default:
                position &+= 1
            }
        }
    }

    /// A whole number. Fractions and exponents are refused.
    public mutating func readInteger() throws(JSONError) -> Int64 {
        skipSpace()
        let start = position
        let number = try readNumber()
        guard let value = Self.integer(bytes.extracting(number)) else {
            throw JSONError(.wanted("a whole number"), offset: start)
        }
        return value
    }

    /// A number's characters.
    public mutating func readNumber() throws(JSONError) -> Range<Int> {
        skipSpace()
        let start = position
        if bytes.byte(at: position) == UInt8(ascii: "-") { position &+= 1 }
        let first = bytes.byte(at: position)
        let digits = skipDigits()
        guard digits > 0 else { throw JSONError(.wanted("a number"), offset: start) }
        guard digits == 1 || first != UInt8(ascii: "0") else {
            throw JSONError(.expected("a number without leading zeros"), offset: start)
        }
        if bytes.byte(at: position) == UInt8(ascii: ".") {
            position &+= 1
            guard skipDigits() > 0 else { throw failure(.expected("a digit")) }
        }
        if bytes.byte(at: position) | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            let sign = bytes.byte(at: position)
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position &+= 1 }
            guard skipDigits() > 0 else { throw failure(.expected("a digit")) }
        }
        return start..<position
    }

    public mutating func readBoolean() throws(JSONError) -> Bool {
        skipSpace()
        if bytes.begins(with: "true", at: position) {
            position &+= 4
            return true
        }
        guard bytes.begins(with: "false", at: position) else { throw failure(.wanted("true or false")) }
        position &+= 5
        return false
    }

    /// Walks over a value of any kind, checking it.
    public mutating func skipValue() throws(JSONError) { try skipValue(depth: 0) }

    private mutating func skipValue(depth: Int) throws(JSONError) {
        guard depth < Self.depthLimit else { throw failure(.tooDeep) }
        var isFirst = true
        switch try peek() {
        case .object:
            try beginObject()
            while try nextMember(isFirst: &isFirst) != nil { try skipValue(depth: depth + 1) }
        case .array:
            try beginArray()
            while try nextElement(isFirst: &isFirst) { try skipValue(depth: depth + 1) }
        case .string: _ = try readString()
        case .number: _ = try readNumber()
        case .literal:
            if bytes.begins(with: "null", at: position) { position &+= 4 } else { _ = try readBoolean() }
        }
    }

    /// Nothing but white space may be left.
    public mutating func end() throws(JSONError) {
        skipSpace()
        guard position >= bytes.byteCount else { throw failure(.trailingText) }
    }

    /// The error at this place; where the text ends, that is the reason.
    func failure(_ reason: JSONError.Reason) -> JSONError {
        JSONError(position < bytes.byteCount ? reason : .cutOff, offset: position)
    }

    mutating func skipSpace() {
        while true {
            switch bytes.byte(at: position) {
            case 0x20, 0x09, 0x0A, 0x0D: position &+= 1
            default: return
            }
        }
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while bytes.byte(at: position) &- 0x30 < 10 { position &+= 1 }
        return position &- start
    }

    /// Walks, eight at a time, over characters that need no look: ASCII but for quotes, backslashes and controls.
    @inline(__always)
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while position &+ 8 <= bytes.byteCount {
            let word = bytes.bigEndianUInt64(at: position)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            // A byte's top bit becomes set where it borrows, that is, where it was below what is taken away; a false
            // hit above a true one does no harm, since the hit is then looked at byte by byte.
            let hits = (quotes &- ones) | (slashes &- ones) | (word &- ones &* 0x20) | word
            guard hits & tops == 0 else { break }
            position &+= 8
        }
        while true {
            let byte = bytes.byte(at: position)
            guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else { return }
            position &+= 1
        }
    }

    /// A whole number's value; nil for a fraction, an exponent, or one beyond 64 bits.
    static func integer(_ text: RawSpan) -> Int64? {
        let isNegative = text.byte(at: 0) == UInt8(ascii: "-")
        var offset = isNegative ? 1 : 0
        guard offset < text.byteCount, text.byteCount <= 19 else { return nil }
        var value: Int64 = 0
        while offset < text.byteCount {
            let digit = text.byte(at: offset) &- 0x30
            guard digit < 10 else { return nil }
            // Safe: at most 19 characters, of which 18 digits always fit, and a nineteenth is checked.
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            offset &+= 1
        }
        return isNegative ? -value : value
    }
}
