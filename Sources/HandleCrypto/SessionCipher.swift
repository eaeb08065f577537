public import HandleProtocol
public import OpenSSL

/// The key of a session: what authenticates its messages, and encrypts them where that is asked for (RFC 3652 §3.8).
public struct SessionCipher: Sendable {
    /// The number stands for the cipher in a key exchange. Open, as numbers on the wire are.
    public struct Algorithm: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let des = Algorithm(rawValue: 1)
        public static let tripleDES = Algorithm(rawValue: 2)
        public static let aes = Algorithm(rawValue: 3)
        /// Chinese clients.
        public static let sm4 = Algorithm(rawValue: 4)

        var cipher: Cipher.Algorithm? {
            switch self {
            case .des: .des
            case .tripleDES: .tripleDES
            case .aes: .aes128
            case .sm4: .sm4
            default: nil
            }
        }
    }

    public let algorithm: Algorithm
    /// All of it authenticates messages.
    public let key: SecretBytes
    /// The beginning of the key that the cipher takes.
    private let cipherKey: SecretBytes
    private let cipher: Cipher.Algorithm

    /// Throws for an unknown cipher and a key that is too short for it.
    public init(_ algorithm: Algorithm, key: SecretBytes) throws(CryptoError) {
        guard let cipher = algorithm.cipher else { throw .unknownAlgorithm }
        guard let cipherKey = key.prefix(cipher.keyByteCount) else { throw .malformedExchange }
        self.algorithm = algorithm
        self.key = key
        self.cipher = cipher
        self.cipherKey = cipherKey
    }

    /// How a version uses a cipher: from 2.4 on CBC with a random initialization vector in front; before, ECB. SM4's
    /// clients always use CBC with the key as vector, and none on the wire.
    private enum Form {
        case vectorInFront, keyAsVector, noVector
    }

    private func form(_ version: ProtocolVersion) -> Form {
        algorithm == .sm4 ? .keyAsVector : version.hasFeatures(of2: 4) ? .vectorInFront : .noVector
    }

    /// Encrypts a message's content: header, body, credential.
    public func encrypt(_ content: [UInt8], version: ProtocolVersion) throws(CryptoError) -> [UInt8] {
        try crypto { () throws(OpenSSLError) in
            switch form(version) {
            case .keyAsVector: return try Cipher.encrypt(content, cipher, .cbc, key: cipherKey, iv: cipherKey.exposed)
            case .noVector: return try Cipher.encrypt(content, cipher, .ecb, key: cipherKey, iv: [])
            case .vectorInFront:
                let vector = try Random.bytes(count: cipher.blockByteCount)
                return vector + (try Cipher.encrypt(content, cipher, .cbc, key: cipherKey, iv: vector))
            }
        }
    }

    /// As `encrypt`, back. What comes out of a wrong key may still be bytes: its credential must be checked.
    public func decrypt(_ sealed: [UInt8], version: ProtocolVersion) throws(CryptoError) -> [UInt8] {
        do throws(OpenSSLError) {
            switch form(version) {
            case .keyAsVector:
                return try Cipher.decrypt(sealed, cipher, .cbc, key: cipherKey, iv: cipherKey.exposed).exposed
            case .noVector:
                return try Cipher.decrypt(sealed, cipher, .ecb, key: cipherKey, iv: []).exposed
            case .vectorInFront:
                let vector = Array(sealed.prefix(cipher.blockByteCount))
                let rest = Array(sealed.dropFirst(cipher.blockByteCount))
                return try Cipher.decrypt(rest, cipher, .cbc, key: cipherKey, iv: vector).exposed
            }
        } catch {
            throw .undecipherable
        }
    }
}

extension SessionCipher: CustomStringConvertible {
    public var description: String { "session cipher" }
}
