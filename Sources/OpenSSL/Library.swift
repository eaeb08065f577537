// OpenSSL as Swift sees it: digests, keys, signatures, ciphers, key exchange, random bytes, secrets.
//
// UNSAFE ISLAND (crypto), this whole module: one class owns one object of OpenSSL, makes it in `init` and frees it in
// `deinit`; pointers to Swift's bytes are lent for one call; secrets are wiped. It imports COpenSSL only, and nothing
// else imports that. No cryptography of our own: what OpenSSL does not do, we do not.
import COpenSSL

/// OpenSSL's library context that everything here uses.
///
/// It is our own, not the default one: what algorithms there are then does not depend on the machine's openssl.cnf, and
/// single DES, which old clients still ask for, does not become available to the rest of the process.
enum Library {
    static let context: LibraryContext = LibraryContext()

    static var pointer: OpaquePointer? { unsafe context.pointer }
}

/// Owns the library context and its providers; lives as long as the process.
///
/// Sendable: all fields are set once, before anyone else sees the object, and OpenSSL locks its contexts itself
/// (OSSL_LIB_CTX(3), EVP_MD_fetch(3)).
@safe final class LibraryContext: @unchecked Sendable {
    let pointer: OpaquePointer?
    private let defaultProvider: OpaquePointer?
    /// DES in its single form. Absent where the distribution packs it apart: DES is then unsupported, nothing else.
    private let legacyProvider: OpaquePointer?

    init() {
        unsafe pointer = OSSL_LIB_CTX_new()
        unsafe defaultProvider = OSSL_PROVIDER_load(pointer, "default")
        unsafe legacyProvider = OSSL_PROVIDER_load(pointer, "legacy")
        ERR_clear_error()
    }
}
