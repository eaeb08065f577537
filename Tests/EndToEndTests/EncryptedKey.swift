import HandleCrypto
import OpenSSL

/// A private key as the Handle tools keep it: encrypted with a passphrase.
enum EncryptedKey {
    static func bytes(_ pem: [UInt8], passphrase: String) throws -> [UInt8] {
        try KeyFile.write(KeyFile.read(pem), passphrase: SecretBytes(Array(passphrase.utf8))).exposed
    }
}
