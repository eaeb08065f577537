internal import HandleProtocol

/// How people write which key a server must have: SHA-256 of its SubjectPublicKeyInfo (RFC 7469 §2.4).
public enum PublicKeyPin {
    /// The digest, from 64 hexadecimal digits or 44 characters of base64, with or without curl's `sha256//` in front.
    public static func parse(_ text: String) -> [UInt8]? {
        let digits = Array((text.hasPrefix("sha256//") ? text.dropFirst(8) : text[...]).utf8)
        var writer = ByteWriter(capacity: 32)
        let isRead =
            digits.count == 64
            ? Hex.decode(digits.rawSpan, into: &writer) : Base64.decode(digits.rawSpan, into: &writer)
        let digest = writer.bytes
        return isRead && digest.count == 32 ? digest : nil
    }

    /// In hexadecimal digits.
    public static func text(_ digest: [UInt8]) -> String { String(decoding: Hex.encode(digest), as: UTF8.self) }
}
