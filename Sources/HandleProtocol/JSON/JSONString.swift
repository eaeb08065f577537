/// A string inside a JSON text that a reader has checked: where it is, and whether escapes stand in it.
public struct JSONString: Equatable, Sendable {
    /// Its bytes between the quotes.
    public var range: Range<Int>
    public var hasEscapes: Bool
}

extension JSONReader {
    /// The bytes between a string's quotes, escapes as they stand.
    @_lifetime(copy self)
    func raw(_ string: JSONString) -> RawSpan { bytes.extracting(string.range) }

    /// Writes a string's characters as UTF-8.
    func write(_ string: JSONString, to writer: inout ByteWriter) {
        guard string.hasEscapes else {
            writer.write(raw: bytes.extracting(string.range))
            return
        }
        var offset = string.range.lowerBound
        var plain = offset
        while offset < string.range.upperBound {
            guard bytes.byte(at: offset) == UInt8(ascii: "\\"), let escape = try? escape(at: offset) else {
                offset &+= 1
                continue
            }
            writer.write(raw: bytes.extracting(plain..<offset))
            UTF8Text.write(escape.scalar, to: &writer)
            offset &+= escape.byteCount
            plain = offset
        }
        writer.write(raw: bytes.extracting(plain..<string.range.upperBound))
    }

    /// A string's characters as UTF-8.
    public func contents(_ string: JSONString) -> [UInt8] {
        var writer = ByteWriter(capacity: string.range.count)
        write(string, to: &writer)
        return writer.bytes
    }

    /// The bytes of the text at a place that the reader has given.
    public func text(_ range: Range<Int>) -> [UInt8] { bytes.extracting(range).array }

    /// The bytes that a string of hexadecimal digits stands for; nil for other characters.
    public func hex(_ string: JSONString) -> [UInt8]? {
        var writer = ByteWriter(capacity: string.range.count / 2)
        return Hex.decode(raw(string), into: &writer) ? writer.bytes : nil
    }

    /// The escape whose backslash stands at `offset`: its character, and the bytes that it takes.
    func escape(at offset: Int) throws(JSONError) -> (scalar: UInt32, byteCount: Int) {
        switch bytes.byte(at: offset &+ 1) {
        case UInt8(ascii: "\""): return (0x22, 2)
        case UInt8(ascii: "\\"): return (0x5C, 2)
        case UInt8(ascii: "/"): return (0x2F, 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0C, 2)
        case UInt8(ascii: "n"): return (0x0A, 2)
        case UInt8(ascii: "r"): return (0x0D, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u"): break
        default: throw JSONError(offset &+ 1 < bytes.byteCount ? .badEscape : .cutOff, offset: offset)
        }
        guard let first = fourDigits(at: offset &+ 2) else { throw JSONError(.badEscape, offset: offset) }
        guard first & 0xF800 == 0xD800 else { return (first, 6) }
        guard first < 0xDC00, bytes.begins(with: "\\u", at: offset &+ 6), let second = fourDigits(at: offset &+ 8),
            second & 0xFC00 == 0xDC00
        else { throw JSONError(.unpairedSurrogate, offset: offset) }
        return (0x10000 + (first & 0x3FF) << 10 + second & 0x3FF, 12)
    }

    private func fourDigits(at offset: Int) -> UInt32? {
        var value: UInt32 = 0
        for position in offset..<(offset &+ 4) {
            let digit = Hex.value(of: bytes.byte(at: position))
            guard digit < 16 else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
