// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Bytes that only who has the key can read, or change unnoticed: AES-256 in Galois/counter mode (NIST SP 800-38D).
///
/// A box is a random nonce (12 bytes), the ciphertext, and the tag (16 bytes).
public enum SealedBox {
    public static let keyByteCount = 32
    private static let nonceByteCount = 12
    private static let tagByteCount = 16
    /// What a box is longer than its contents.
    public static let overheadByteCount = nonceByteCount + tagByteCount

    /// - Parameter context: what the box is for; it opens with the same context only, so that boxes cannot be swapped.
    public static func seal(
        _ plaintext: [UInt8], key: SecretBytes, context: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        let nonce = try Random.bytes(count: nonceByteCount)
        var tag = [UInt8](repeating: 0, count: tagByteCount)
        let text = unsafe try run(
            plaintext.span.bytes, key: key, nonce: nonce, context: context, tag: &tag, isSealing: true)
        return nonce + text.exposed + tag
    }

    /// - Throws: where the key or context is another one, or the box has been changed.
    public static func open(
        _ box: [UInt8], key: SecretBytes, context: [UInt8]
    ) throws(OpenSSLError) -> SecretBytes {
        guard box.count >= overheadByteCount else { throw OpenSSLError(refusing: "open a sealed box so short") }
        var tag = Array(box[(box.count - tagByteCount)...])
        let text = Array(box[nonceByteCount..<box.count - tagByteCount])
        return unsafe try run(
            text.span.bytes, key: key, nonce: Array(box[..<nonceByteCount]), context: context, tag: &tag,
            isSealing: false)
    }

    private static func run(
        _ input: RawSpan, key: SecretBytes, nonce: [UInt8], context: [UInt8], tag: inout [UInt8], isSealing: Bool
    ) throws(OpenSSLError) -> SecretBytes {
        guard key.byteCount == keyByteCount, input.byteCount < Int(Int32.max), context.count < Int(Int32.max) else {
            throw OpenSSLError(refusing: "seal with that key")
        }
        let method = unsafe EVP_CIPHER_fetch(Library.pointer, "AES-256-GCM", nil)
        let cipher = unsafe EVP_CIPHER_CTX_new()
        defer {
            unsafe EVP_CIPHER_CTX_free(cipher)
            unsafe EVP_CIPHER_free(method)
        }
        // One byte more, so that an empty text has an address too.
        return unsafe try SecretBytes(capacity: input.byteCount + 1) { room throws(OpenSSLError) in
            let output = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var count: Int32 = 0
            let began = unsafe key.bytes.lend { key, _ in
                unsafe method != nil && output != nil
                    && EVP_CipherInit_ex2(cipher, method, key, nonce, isSealing ? 1 : 0, nil) == 1
                    && EVP_CipherUpdate(cipher, nil, &count, context, Int32(context.count)) == 1
            }
            // Safe: this mode gives as many bytes as it takes, and the tag has the 16 that are set or read.
            let done = unsafe input.lend { input, byteCount in
                unsafe began && EVP_CipherUpdate(cipher, output, &count, input, Int32(byteCount)) == 1
                    && (isSealing
                        || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), &tag) == 1)
            }
            var last: Int32 = 0
            guard done, unsafe EVP_CipherFinal_ex(cipher, output.map { unsafe $0 + Int(count) }, &last) == 1,
                unsafe !isSealing
                    || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), &tag) == 1
            else { throw OpenSSLError(during: isSealing ? "seal" : "open a sealed box") }
            return input.byteCount
        }
    }
}
