import BanyanIndex
import HandleProtocol

/// What names must be like (RFC 3651 §2): UTF-8 without NUL, a handle of 1 to 2,048 bytes, a prefix of 1 to 255.
enum NameRules {
    static func checkHandle(_ handle: RawSpan) throws(RegistrationError) {
        guard handle.byteCount <= Limits.handleByteCount else { throw .handleTooLong }
        guard handle.byteCount > 0, isText(handle) else { throw .invalidHandle }
    }

    /// The prefix that `key` was set to, which may have come with or without `0.NA/` in front.
    static func checkPrefix(_ key: borrowing IndexKey) throws(RegistrationError) {
        let name = key.localName
        guard (1...Limits.prefixByteCount).contains(name.byteCount), isText(name), key.prefix.isNamingAuthority else {
            throw .invalidPrefix
        }
        for offset in 0..<name.byteCount where name.byte(at: offset) == UInt8(ascii: "/") { throw .invalidPrefix }
    }

    /// Whether the bytes are text without control characters, such as a reason.
    static func isLine(_ bytes: RawSpan) -> Bool {
        for offset in 0..<bytes.byteCount where bytes.byte(at: offset) < 0x20 || bytes.byte(at: offset) == 0x7F {
            return false
        }
        return isText(bytes)
    }

    /// Whether the bytes are UTF-8 (RFC 3629 §4) without NUL.
    static func isText(_ bytes: RawSpan) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            let first = bytes.byte(at: offset)
            if first < 0x80 {
                guard first != 0 else { return false }
                offset &+= 1
                continue
            }
            // Bounds of the second byte keep out overlong forms, surrogates, and what is above U+10FFFF.
            let (count, lowest, highest): (Int, UInt8, UInt8)
            switch first {
            case 0xC2...0xDF: (count, lowest, highest) = (2, 0x80, 0xBF)
            case 0xE0: (count, lowest, highest) = (3, 0xA0, 0xBF)
            case 0xED: (count, lowest, highest) = (3, 0x80, 0x9F)
            case 0xE1...0xEF: (count, lowest, highest) = (3, 0x80, 0xBF)
            case 0xF0: (count, lowest, highest) = (4, 0x90, 0xBF)
            case 0xF1...0xF3: (count, lowest, highest) = (4, 0x80, 0xBF)
            case 0xF4: (count, lowest, highest) = (4, 0x80, 0x8F)
            default: return false
            }
            guard offset &+ count <= bytes.byteCount, (lowest...highest).contains(bytes.byte(at: offset &+ 1)) else {
                return false
            }
            for next in 2..<max(count, 2) where bytes.byte(at: offset &+ next) & 0xC0 != 0x80 { return false }
            offset &+= count
        }
        return true
    }
}

extension RawSpan {
    /// Whether this folded prefix is `0.NA`, under which prefixes have their own records.
    var isNamingAuthority: Bool { byteCount == 4 && bigEndianUInt32(at: 0) == 0x302E_4E41 }
}
