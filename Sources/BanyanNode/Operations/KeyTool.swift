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

    public enum Format: String, CaseIterable, Sendable {
        /// PKCS #8 text, the private key.
        case pem
        /// The Handle tools' private key file.
        case handle
        /// SubjectPublicKeyInfo text, the public half.
        case publicPEM = "public-pem"
        /// What an HS_PUBKEY value holds, the public half.
        case publicHandle = "public-handle"
        /// The same in hexadecimal digits.
        case publicHex = "public-hex"

        var isPrivate: Bool { self == .pem || self == .handle }
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
    public static func generate(_ algorithm: Algorithm, to path: String) throws(NodeError) -> [UInt8] {
        let key = try library(path) { () throws(OpenSSLError) in
            switch algorithm {
            case .rsa: try PrivateKey.generateRSA()
            case .sm2: try PrivateKey.generateSM2()
            case .ed25519: try PrivateKey.generateEd25519()
            }
        }
        let text = try library(path) { () throws(OpenSSLError) in try key.publicKey().pem() }
        try PrivateKeyStore.write(key, to: path)
        return text
    }

    /// Runs `body`, whose errors are OpenSSL's, and throws them with the file that they are about.
    private static func library<Result>(
        _ path: String, _ body: () throws(OpenSSLError) -> Result
    ) throws(NodeError) -> Result {
        do { return try body() } catch { throw .key(path: path, .library(error)) }
    }

    /// Writes the private key in `path`, or its public half, to a new file in another form.
    public static func convert(
        _ path: String, passphrase: [UInt8]?, to format: Format, output: String
    ) throws(NodeError) {
        let key = try PrivateKeyStore.key(inFile: path, passphrase: passphrase.map { SecretBytes($0) })
        let bytes: [UInt8]
        switch format {
        case .publicHandle: bytes = try PrivateKeyStore.publicValue(of: key, path: path)
        case .publicHex: bytes = Hex.encode(try PrivateKeyStore.publicValue(of: key, path: path)) + [0x0A]
        case .handle:
            do throws(CryptoError) { bytes = try KeyFile.write(key).exposed } catch { throw .key(path: path, error) }
        case .pem: bytes = try library(path) { () throws(OpenSSLError) in try key.pem().exposed }
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
