import HandleCrypto
import HandleProtocol
public import OpenSSL

/// Private keys in files: read in every form that operators have them in, written as PEM.
public enum PrivateKeyStore {
    /// PEM, DER, the Handle tools' key file, the bare encoding of a key (`RSA_PRIVCRT_KEY` …), or one of the last two
    /// in hexadecimal digits.
    public static func key(
        inFile path: String, passphrase: SecretBytes? = nil
    ) throws(NodeError) -> PrivateKey {
        let bytes = try system { () throws(SystemError) in try SystemFile.read(path, byteCountMax: 1 << 20) }
        do throws(CryptoError) {
            return try key(in: bytes, passphrase: passphrase)
        } catch {
            throw .key(path: path, error)
        }
    }

    /// The same, of a key that a server can sign its answers with: no client could check another.
    static func serverKey(inFile path: String) throws(NodeError) -> PrivateKey {
        let key = try key(inFile: path)
        guard key.algorithm != .ed25519 else { throw .key(path: path, .unsupportedKey) }
        return key
    }

    /// The public half as a value or a site record holds it.
    public static func publicValue(of key: PrivateKey, path: String) throws(NodeError) -> [UInt8] {
        do throws(CryptoError) {
            let half: PublicKey
            do throws(OpenSSLError) { half = try key.publicKey() } catch { throw CryptoError.library(error) }
            return try PublicKeyRecord(half).bytes
        } catch {
            throw .key(path: path, error)
        }
    }

    /// Writes the key as PEM text (PKCS #8) that only its owner reads.
    public static func write(_ key: PrivateKey, to path: String, isNew: Bool = true) throws(NodeError) {
        let text: [UInt8]
        do throws(OpenSSLError) { text = try key.pem().exposed } catch { throw .key(path: path, .library(error)) }
        try system { () throws(SystemError) in try SystemFile.write(text, to: path, mode: 0o600, isNew: isNew) }
    }

    /// Whether two encodings stand for one public key.
    static func areSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard let one = try? PublicKey.parse(value: one), let other = try? PublicKey.parse(value: other) else {
            return false
        }
        return one.isSame(as: other)
    }

    static func key(in bytes: [UInt8], passphrase: SecretBytes? = nil) throws(CryptoError) -> PrivateKey {
        let plain = HexText.bytes(bytes) ?? bytes
        if let record = try? PrivateKeyRecord(parsing: plain.rawSpan), !record.isUnknown {
            return try record.privateKey()
        }
        return try KeyFile.read(plain, passphrase: passphrase)
    }
}

extension PrivateKeyRecord {
    fileprivate var isUnknown: Bool {
        if case .other = key { true } else { false }
    }
}

/// A file's text as hexadecimal digits.
enum HexText {
    /// The bytes, when the text is nothing but digits and white space.
    static func bytes(_ text: [UInt8]) -> [UInt8]? {
        let digits = text.filter { !isSpace($0) }
        var writer = ByteWriter(capacity: digits.count / 2)
        guard !digits.isEmpty, Hex.decode(digits.rawSpan, into: &writer) else { return nil }
        return writer.bytes
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
