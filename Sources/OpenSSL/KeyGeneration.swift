// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

extension PrivateKey {
    /// A new RSA key; takes from a tenth of a second to seconds.
    public static func generateRSA(bitCount: Int = 2_048) throws(OpenSSLError) -> PrivateKey {
        guard (2_048...PublicKey.bitCountMax).contains(bitCount) else {
            throw OpenSSLError(refusing: "make an RSA key of that length")
        }
        return unsafe try generate("RSA") { unsafe EVP_PKEY_CTX_set_rsa_keygen_bits($0, Int32(bitCount)) == 1 }
    }

    /// A new SM2 key.
    public static func generateSM2() throws(OpenSSLError) -> PrivateKey {
        unsafe try generate("SM2") { _ in true }
    }

    /// A new Ed25519 key.
    public static func generateEd25519() throws(OpenSSLError) -> PrivateKey {
        unsafe try generate("ED25519") { _ in true }
    }

    static func generate(
        _ algorithm: String, _ configure: (OpaquePointer?) -> Bool
    ) throws(OpenSSLError) -> PrivateKey {
        let context = unsafe EVP_PKEY_CTX_new_from_name(Library.pointer, algorithm, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe configure(context),
            unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key
        else { throw OpenSSLError(during: "make a key") }
        return unsafe try PrivateKey(owning: key)
    }
}
