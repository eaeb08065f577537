/// Bytes as hexadecimal digits, two a byte.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// In lower case.
    public static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: bytes.count * 2)
        encode(bytes.rawSpan, into: &writer)
        return writer.bytes
    }

    /// In lower case.
    public static func encode(_ bytes: RawSpan, into writer: inout ByteWriter) {
        for offset in 0..<bytes.byteCount {
            writer.write(digits[Int(bytes.byte(at: offset) >> 4)])
            writer.write(digits[Int(bytes.byte(at: offset) & 15)])
        }
    }

    /// Writes what the text stands for; false, with nothing certain written, for an odd count or another character.
    public static func decode(_ text: RawSpan, into writer: inout ByteWriter) -> Bool {
        guard text.byteCount.isMultiple(of: 2) else { return false }
        var offset = 0
        while offset < text.byteCount {
            let high = value(of: text.byte(at: offset))
            let low = value(of: text.byte(at: offset + 1))
            guard high < 16, low < 16 else { return false }
            writer.write(high << 4 | low)
            offset += 2
        }
        return true
    }

    /// nil for an odd count or another character.
    public static func decode(_ text: [UInt8]) -> [UInt8]? {
        var writer = ByteWriter(capacity: text.count / 2)
        return decode(text.rawSpan, into: &writer) ? writer.bytes : nil
    }

    @inline(__always)
    static func value(of digit: UInt8) -> UInt8 {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: 255
        }
    }
}
