import HandleProtocol
public import OpenSSL

/// The node's data key, which is not in the index: personal data and what is as good as a password are sealed with it.
public struct DataKey: Sendable {
    public static let byteCount = SealedBox.keyByteCount

    private let key: SecretBytes

    /// Nil unless there are 32 bytes.
    public init?(_ key: SecretBytes) {
        guard key.byteCount == Self.byteCount else { return nil }
        self.key = key
    }

    /// - Parameter purpose: what is sealed, and whose it is; it opens with the same purpose only.
    public func seal(_ bytes: [UInt8], for purpose: String) throws(OpenSSLError) -> [UInt8] {
        try SealedBox.seal(bytes, key: key, context: Array(purpose.utf8))
    }

    public func open(_ box: [UInt8], for purpose: String) throws(OpenSSLError) -> SecretBytes {
        try SealedBox.open(box, key: key, context: Array(purpose.utf8))
    }

    /// A name for something that only one may have, which tells nobody what it is.
    public func claim(_ text: String) -> Claim {
        Claim(digest: String(decoding: Hex.encode(MAC.hmac(.sha256, key: key, Array(text.utf8))), as: UTF8.self))
    }
}
