// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Keys from passwords (RFC 8018 §5.2).
public enum PBKDF2 {
    /// `byteCount` bytes made of the password by PBKDF2 with HMAC of `algorithm`. The time that it takes grows with
    /// `iterations` times the number of digests in `byteCount`: callers bound both when they come from outside.
    public static func deriveKey(
        password: SecretBytes, salt: [UInt8], iterations: Int, byteCount: Int, algorithm: Digest.Algorithm
    ) throws(OpenSSLError) -> SecretBytes {
        guard iterations > 0, iterations <= Int(Int32.max), byteCount > 0 else {
            throw OpenSSLError(refusing: "derive a key from a password")
        }
        let function = unsafe EVP_KDF_fetch(Library.pointer, "PBKDF2", nil)
        let context = unsafe EVP_KDF_CTX_new(function)
        defer {
            unsafe EVP_KDF_CTX_free(context)
            unsafe EVP_KDF_free(function)
        }
        let parameters = unsafe OSSL_PARAM_BLD_new()
        defer { unsafe OSSL_PARAM_BLD_free(parameters) }
        return unsafe try SecretBytes(capacity: byteCount) { room throws(OpenSSLError) in
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let done = unsafe password.bytes.lend { password, passwordCount in
                unsafe salt.span.bytes.lend { salt, saltCount in
                    guard
                        unsafe OSSL_PARAM_BLD_push_octet_string(
                            parameters, Name.password.cString, password, passwordCount) == 1,
                        unsafe OSSL_PARAM_BLD_push_octet_string(parameters, Name.salt.cString, salt, saltCount) == 1,
                        unsafe OSSL_PARAM_BLD_push_uint(parameters, Name.iterations.cString, UInt32(iterations)) == 1,
                        unsafe OSSL_PARAM_BLD_push_utf8_string(
                            parameters, Name.digest.cString, algorithm.name.cString, 0) == 1,
                        let list = unsafe OSSL_PARAM_BLD_to_param(parameters)
                    else { return false }
                    defer { unsafe wipe(list) }
                    return unsafe EVP_KDF_derive(context, base, byteCount, list) == 1
                }
            }
            guard done else { throw OpenSSLError(during: "derive a key from a password") }
            return byteCount
        }
    }

    /// What the parameters are called.
    private enum Name {
        static let password: StaticString = "pass"
        static let salt: StaticString = "salt"
        static let iterations: StaticString = "iter"
        static let digest: StaticString = "digest"
    }

    /// Frees the list after wiping what it copied: the password is among it.
    static func wipe(_ list: UnsafeMutablePointer<OSSL_PARAM>) {
        var entry = unsafe list
        while unsafe entry.pointee.key != nil {
            unsafe OPENSSL_cleanse(entry.pointee.data, entry.pointee.data_size)
            unsafe entry += 1
        }
        unsafe OSSL_PARAM_free(list)
    }
}
