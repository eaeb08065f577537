public import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// How a session is set up and used (RFC 3652 §3.8).
public struct SessionOptions: Sendable {
    /// What ties requests to who has proven himself once.
    public enum Kind: Sendable {
        /// A session whose key comes about by Diffie-Hellman.
        case diffieHellman
        /// A session whose key the server encrypts for a key of ours, RSA or SM2, that comes along.
        case clientKey(PrivateKey)
        /// The same, for a public key that the server finds in a handle's value.
        case handleKey(ValueReference, PrivateKey)
        /// A session whose key we make, and encrypt for the server's RSA or SM2 key.
        case serverKey
        /// No key at all: the connection is logged in (operation 2001 of Chinese clients). Nothing protects it from
        /// who can write into it.
        case login
    }

    public var kind = Kind.diffieHellman
    /// Encrypt all that is said, in both directions.
    public var encrypts = false
    /// Ask for an authentication code in each answer, and check it.
    public var authenticatesAnswers = true
    /// How long the session is to last, in seconds.
    public var lifetime: UInt32 = 86_400
    /// Most requests that are under way at once.
    public var window = 256
    /// What the server may choose from, or what we choose for the server's key: the first.
    public var ciphers: [SessionCipher.Algorithm] = [.aes, .sm4]
    /// The server's public key, as its site record holds it. When it is known the set-up must be signed by it; without
    /// it nobody says that it is that server with whom the key was agreed on.
    public var serverKey: [UInt8]?
    /// The times are those of a connection.
    public var client = ClientOptions()

    public init() {}
}
