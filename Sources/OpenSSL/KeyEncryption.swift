// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

extension PublicKey {
    /// `secret` for the owner of this key only: RSA by PKCS #1 v1.5, which the protocol prescribes; SM2 as the point C1
    /// (uncompressed), digest C3 and ciphertext C2 (GB/T 32918.4 §6.1).
    public func encrypt(_ secret: SecretBytes) throws(OpenSSLError) -> [UInt8] {
        guard algorithm == .rsa || algorithm == .sm2 else {
            throw OpenSSLError(refusing: "encrypt with a key of that kind")
        }
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(Library.pointer, pointer, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let result = unsafe secret.bytes.lend { base, count -> [UInt8]? in
            var capacity = 0
            guard unsafe EVP_PKEY_encrypt_init(context) == 1,
                unsafe algorithm != .rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                unsafe EVP_PKEY_encrypt(context, nil, &capacity, base, count) == 1
            else { return nil }
            var result = [UInt8](repeating: 0, count: capacity)
            guard unsafe EVP_PKEY_encrypt(context, &result, &capacity, base, count) == 1 else { return nil }
            return Array(result.prefix(capacity))
        }
        guard let result else { throw OpenSSLError(during: "encrypt for a key") }
        return algorithm == .sm2 ? try SM2Ciphertext(der: result).points : result
    }
}

extension PrivateKey {
    /// As `PublicKey.encrypt`, back.
    ///
    /// RSA by PKCS #1 v1.5 tells who asks often enough what was encrypted, if he learns which attempts failed
    /// (Bleichenbacher): callers let a failure look like a key that does not fit.
    public func decrypt(_ ciphertext: [UInt8]) throws(OpenSSLError) -> SecretBytes {
        guard algorithm == .rsa || algorithm == .sm2 else {
            throw OpenSSLError(refusing: "decrypt with a key of that kind")
        }
        let input = algorithm == .sm2 ? try SM2Ciphertext(points: ciphertext).der : ciphertext
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(Library.pointer, pointer, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let capacity = max(input.count, Int(unsafe EVP_PKEY_get_size(pointer)))
        return unsafe try SecretBytes(capacity: capacity) { room throws(OpenSSLError) in
            var count = room.count
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let done = unsafe input.span.bytes.lend { input, inputCount in
                unsafe EVP_PKEY_decrypt_init(context) == 1
                    && (algorithm != .rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1)
                    && EVP_PKEY_decrypt(context, base, &count, input, inputCount) == 1
            }
            guard done else { throw OpenSSLError(during: "decrypt with a key") }
            return count
        }
    }
}
