public import OpenSSL

/// How messages name digests (RFC 3652 §2.2.4): by a word, or in old versions by one byte.
extension Digest.Algorithm {
    /// Nil for digests that we do not know. Case and punctuation do not count.
    public init?(wireName name: [UInt8]) {
        if name.count == 1, let named = Digest.Algorithm(wireCode: name[0]) {
            self = named
            return
        }
        switch DigestName.normalized(name) {
        case "MD5": self = .md5
        case "SHA1": self = .sha1
        case "SHA256": self = .sha256
        case "SM3": self = .sm3
        default: return nil
        }
    }

    /// 1 MD5, 2 SHA-1, 3 SHA-256.
    public init?(wireCode code: UInt8) {
        switch code {
        case 1: self = .md5
        case 2: self = .sha1
        case 3: self = .sha256
        default: return nil
        }
    }

    /// As the reference spells it.
    public var wireName: [UInt8] {
        switch self {
        case .md5: Array("MD5".utf8)
        case .sha1: Array("SHA1".utf8)
        case .sha256: Array("SHA-256".utf8)
        case .sm3: Array("SM3".utf8)
        }
    }
}

enum DigestName {
    /// Upper case, letters and digits only. Byte by byte: every message of a session names its digest.
    static func normalized(_ name: [UInt8]) -> String {
        var letters: [UInt8] = []
        letters.reserveCapacity(name.count)
        for byte in name {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): letters.append(byte)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): letters.append(byte & 0xDF)
            default: continue
            }
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
