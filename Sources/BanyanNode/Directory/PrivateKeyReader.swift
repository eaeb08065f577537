import HandleCrypto
import HandleProtocol
public import OpenSSL

/// Private keys in files, in every form that operators have them in.
public enum PrivateKeyReader {
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
