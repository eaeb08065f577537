// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Who one end of a TLS connection is: its certificate, those that lead from it to an authority, and its private key.
public struct TLSIdentity: Sendable {
    /// Its own first, then each the issuer of the one before.
    public let chain: [Certificate]
    let key: PrivateKey

    /// - Throws: when the chain is empty or its first certificate is not for the key.
    public init(chain: [Certificate], key: PrivateKey) throws(OpenSSLError) {
        guard let own = chain.first else { throw OpenSSLError(refusing: "use a chain without certificates") }
        guard own.belongs(to: key) else {
            throw OpenSSLError(refusing: "use a certificate with the key of another")
        }
        self.chain = chain
        self.key = key
    }

    /// From PEM texts. Both may be the same.
    public init(
        certificates: [UInt8], key: SecretBytes, passphrase: SecretBytes? = nil
    ) throws(OpenSSLError) {
        try self.init(
            chain: Certificate.all(pem: certificates), key: PrivateKey(pem: key, passphrase: passphrase))
    }

    /// Its own certificate.
    public var certificate: Certificate { chain[0] }
}
