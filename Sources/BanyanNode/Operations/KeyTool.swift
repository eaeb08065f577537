import HandleCrypto
import HandleProtocol
import OpenSSL

/// What `banyan key` does. Private keys are written as files that only their owner reads, and are never shown.
public enum KeyTool {
    public enum Algorithm: String, CaseIterable, Sendable {
        case rsa
        case sm2
        case ed25519
    }

    /// Bytes of randomness in a secret key that is made here.
    static let secretByteCount = 32

    public enum Format: String, CaseIterable, Sendable {
        /// PKCS #8 text, the private key.
        case pem
        /// PKCS #8 in DER, the private key; never encrypted.
        case pkcs8
        /// The Handle tools' private key file.
        case handle
        /// SubjectPublicKeyInfo text, the public half.
        case publicPEM = "public-pem"
        /// What an HS_PUBKEY value holds, the public half.
        case publicHandle = "public-handle"
        /// The same in hexadecimal digits.
        case publicHex = "public-hex"

        var isPrivate: Bool { self == .pem || self == .pkcs8 || self == .handle }
    }

    /// What can be said of a key without giving it away.
    public struct Description: Sendable {
        public var isPrivate: Bool
        public var algorithm: String
        public var bitCount: Int
        /// SHA-256 of the public half's SubjectPublicKeyInfo, in hexadecimal digits.
        public var fingerprint: String
    }

    /// Makes a key pair, writes the private key to a new file, and gives the public half as PEM text.
    /// - Parameter passphrase: Encrypts the file.
    public static func generate(
        _ algorithm: Algorithm, to path: String, passphrase: [UInt8]? = nil
    ) throws(NodeError) -> [UInt8] {
        let key = try library(path) { () throws(OpenSSLError) in
            switch algorithm {
            case .rsa: try PrivateKey.generateRSA()
            case .sm2: try PrivateKey.generateSM2()
            case .ed25519: try PrivateKey.generateEd25519()
            }
        }
        let text = try library(path) { () throws(OpenSSLError) in try key.publicKey().pem() }
        guard let passphrase else {
            try PrivateKeyStore.write(key, to: path)
            return text
        }
        let encrypted = try library(path) { () throws(OpenSSLError) in
            try key.pem(passphrase: SecretBytes(passphrase)).exposed
        }
        try system { () throws(SystemError) in
            try SystemFile.write(encrypted, to: path, mode: 0o600, isNew: true)
        }
        return text
    }

    /// Makes a secret key: a line of hexadecimal digits, in a new file that only its owner reads. It is nowhere else.
    public static func generateSecret(to path: String) throws(NodeError) {
        let bytes = try library(path) { () throws(OpenSSLError) in try Random.bytes(count: secretByteCount) }
        try system { () throws(SystemError) in
            try SystemFile.write(Hex.encode(bytes) + [0x0A], to: path, mode: 0o600, isNew: true)
        }
    }

    /// Runs `body`, whose errors are OpenSSL's, and throws them with the file that they are about.
    private static func library<Result>(
        _ path: String, _ body: () throws(OpenSSLError) -> Result
    ) throws(NodeError) -> Result {
        do { return try body() } catch { throw .key(path: path, .library(error)) }
    }

    /// Writes the private key in `path`, or its public half, to a new file in another form.
    public static func convert(
        _ path: String, passphrase: [UInt8]?, to format: Format, output: String, newPassphrase: [UInt8]? = nil
    ) throws(NodeError) {
        let key = try PrivateKeyStore.key(inFile: path, passphrase: passphrase.map { SecretBytes($0) })
        let secret = newPassphrase.map { SecretBytes($0) }
        guard secret == nil || format == .pem || format == .handle else {
            throw .argument("a passphrase", accepted: "the forms pem and handle")
        }
        let bytes: [UInt8]
        switch format {
        case .publicHandle: bytes = try PrivateKeyStore.publicValue(of: key, path: path)
        case .publicHex: bytes = Hex.encode(try PrivateKeyStore.publicValue(of: key, path: path)) + [0x0A]
        case .handle:
            do throws(CryptoError) { bytes = try KeyFile.write(key, passphrase: secret).exposed } catch {
                throw .key(path: path, error)
            }
        case .pem: bytes = try library(path) { () throws(OpenSSLError) in try key.pem(passphrase: secret).exposed }
        case .pkcs8: bytes = try library(path) { () throws(OpenSSLError) in try key.pkcs8().exposed }
        case .publicPEM: bytes = try library(path) { () throws(OpenSSLError) in try key.publicKey().pem() }
        }
        try system { () throws(SystemError) in
            try SystemFile.write(bytes, to: output, mode: format.isPrivate ? 0o600 : 0o644, isNew: true)
        }
    }

    /// Says what key a file holds, private or public.
    public static func inspect(_ path: String, passphrase: [UInt8]?) throws(NodeError) -> Description {
        let bytes = try system { () throws(SystemError) in try SystemFile.read(path, byteCountMax: 1 << 20) }
        if let key = try? PublicKey.parse(value: HexText.bytes(bytes) ?? bytes) {
            return try describe(key, isPrivate: false, path: path)
        }
        let key = try PrivateKeyStore.key(inFile: path, passphrase: passphrase.map { SecretBytes($0) })
        let half = try library(path) { () throws(OpenSSLError) in try key.publicKey() }
        return try describe(half, isPrivate: true, path: path)
    }

    private static func describe(
        _ key: PublicKey, isPrivate: Bool, path: String
    ) throws(NodeError) -> Description {
        let encoded = try library(path) { () throws(OpenSSLError) in try key.subjectPublicKeyInfo() }
        return Description(
            isPrivate: isPrivate, algorithm: key.algorithm.rawValue, bitCount: key.bitCount,
            fingerprint: String(decoding: Hex.encode(Digest.hash(encoded.rawSpan, .sha256)), as: UTF8.self))
    }
}
