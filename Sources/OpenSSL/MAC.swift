// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Message authentication codes (RFC 2104).
public enum MAC {
    /// The HMAC of `message`; the key may be empty.
    public static func hmac(
        _ algorithm: Digest.Algorithm, key: SecretBytes, _ message: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: algorithm.byteCount)
        var count = 0
        let done = unsafe key.bytes.lend { key, keyCount in
            unsafe message.span.bytes.lend { message, messageCount in
                unsafe EVP_Q_mac(
                    Library.pointer, "HMAC", nil, algorithm.name.cString, nil, key, keyCount, message, messageCount,
                    &result, result.count, &count) != nil
            }
        }
        guard done, count == result.count else { throw OpenSSLError(during: "authenticate a message") }
        return result
    }
}
