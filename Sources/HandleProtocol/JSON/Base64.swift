/// Base64 in its standard alphabet, and base64url (RFC 4648).
public enum Base64 {
    public enum Alphabet: Sendable {
        /// `+` and `/`, padded.
        case standard
        /// `-` and `_`, not padded: numbers of keys in JSON (RFC 7515 §2).
        case url
    }

    private static let standardDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> [UInt8] {
        var writer = ByteWriter(capacity: (bytes.count + 2) / 3 * 4)
        encode(bytes.rawSpan, alphabet, into: &writer)
        return writer.bytes
    }

    public static func encode(_ bytes: RawSpan, _ alphabet: Alphabet = .standard, into writer: inout ByteWriter) {
        let digits = alphabet == .standard ? standardDigits : urlDigits
        var offset = 0
        while offset < bytes.byteCount {
            let count = min(3, bytes.byteCount - offset)
            // Beyond the end a byte reads as zero, which is what the last group is filled with.
            let group =
                Int(bytes.byte(at: offset)) << 16 | Int(bytes.byte(at: offset + 1)) << 8
                | Int(bytes.byte(at: offset + 2))
            for position in 0..<4 {
                if position <= count {
                    writer.write(digits[group >> (18 - 6 * position) & 63])
                } else if alphabet == .standard {
                    writer.write(UInt8(ascii: "="))
                }
            }
            offset += 3
        }
    }

    /// Writes what the text stands for; false, with nothing certain written, when it is not base64. Both alphabets are
    /// read; padding may be absent; bits beyond the last byte must be zero, and white space is refused.
    public static func decode(_ text: RawSpan, into writer: inout ByteWriter) -> Bool {
        var end = text.byteCount
        if end.isMultiple(of: 4) {
            for _ in 0..<2 where end > 0 && text.byte(at: end - 1) == UInt8(ascii: "=") { end -= 1 }
        }
        guard end % 4 != 1 else { return false }
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for offset in 0..<end {
            let digit = value(of: text.byte(at: offset))
            guard digit < 64 else { return false }
            bits = bits << 6 | UInt32(digit)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                writer.write(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bits & (1 << bitCount - 1) == 0
    }

    @inline(__always)
    private static func value(of digit: UInt8) -> UInt8 {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: 255
        }
    }
}
