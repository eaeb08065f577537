/// UTF-8, looked at strictly: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
public enum UTF8Text {
    /// Whether all bytes are UTF-8.
    public static func isValid(_ bytes: RawSpan) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            if offset &+ 8 <= bytes.byteCount, bytes.bigEndianUInt64(at: offset) & 0x8080_8080_8080_8080 == 0 {
                offset &+= 8
                continue
            }
            let count = characterByteCount(in: bytes, at: offset)
            guard count > 0 else { return false }
            offset &+= count
        }
        return true
    }

    /// Bytes of the character at `offset`, 1 to 4; 0 where none stands.
    static func characterByteCount(in bytes: RawSpan, at offset: Int) -> Int {
        let first = bytes.byte(at: offset)
        func follows(_ distance: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            range.contains(bytes.byte(at: offset &+ distance))
        }
        switch first {
        case 0x00...0x7F: return offset < bytes.byteCount ? 1 : 0
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0: return follows(1, 0xA0...0xBF) && follows(2) ? 3 : 0
        case 0xED: return follows(1, 0x80...0x9F) && follows(2) ? 3 : 0
        case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
        case 0xF0: return follows(1, 0x90...0xBF) && follows(2) && follows(3) ? 4 : 0
        case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
        case 0xF4: return follows(1, 0x80...0x8F) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }

    /// Writes a character; `scalar` is none of a surrogate pair and at most U+10FFFF.
    static func write(_ scalar: UInt32, to writer: inout ByteWriter) {
        func part(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case 0..<0x80:
            writer.write(UInt8(truncatingIfNeeded: scalar))
        case 0..<0x800:
            writer.write(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            writer.write(part(0))
        case 0..<0x10000:
            writer.write(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            writer.write(part(6))
            writer.write(part(0))
        default:
            writer.write(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            writer.write(part(12))
            writer.write(part(6))
            writer.write(part(0))
        }
    }
}
