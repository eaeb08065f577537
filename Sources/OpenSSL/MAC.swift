// UNSAFE ISLAND (crypto): see Library.swift.

/// Message authentication codes (RFC 2104).
public enum MAC {
    /// Of all four digests.
    private static let blockByteCount = 64

    /// The HMAC of `message`; the key may be empty.
    ///
    /// Put together from our digests: every message of a session needs two, and OpenSSL's own takes several times as
    /// long to look its parts up and allocate them as to hash such a message.
    public static func hmac(_ algorithm: Digest.Algorithm, key: SecretBytes, _ message: [UInt8]) -> [UInt8] {
        let digests = DigestContext()
        var key =
            key.byteCount > blockByteCount ? digests.digest(key.bytes, algorithm: algorithm).array : key.exposed
        var inner = [UInt8](repeating: 0x36, count: blockByteCount)
        var outer = [UInt8](repeating: 0x5C, count: blockByteCount)
        defer {
            key.wipe()
            inner.wipe()
            outer.wipe()
        }
        for place in key.indices {
            inner[place] ^= key[place]
            outer[place] ^= key[place]
        }
        let hash = unsafe digests.digest(inner.span.bytes, message.span.bytes, algorithm: algorithm)
        return unsafe digests.digest(outer.span.bytes, hash.bytes, algorithm: algorithm).array
    }
}
