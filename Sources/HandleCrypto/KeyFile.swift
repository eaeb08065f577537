internal import HandleProtocol
public import OpenSSL

/// Files with a private key: those of the Handle tools (schemes 0 to 4), PEM text (PKCS #8, encrypted or not, and the
/// older forms of single algorithms), and DER.
public enum KeyFile {
    /// Most iterations that a file may ask for: files come from the operator, not from strangers.
    static let iterationCountMax: UInt32 = 10_000_000

    /// Reads whatever form the file has. Throws `passphraseNeeded` when it is encrypted and none is given.
    public static func read(_ bytes: [UInt8], passphrase: SecretBytes? = nil) throws(CryptoError) -> PrivateKey {
        if PEM.isRecognised(bytes.rawSpan) { return try readPEM(bytes, passphrase: passphrase) }
        // Every DER form is a sequence; a key file begins with three zero bytes.
        if bytes.first == 0x30 {
            do throws(OpenSSLError) { return try PrivateKey(der: SecretBytes(bytes)) } catch { throw .malformedKey }
        }
        guard let file = try? PrivateKeyFile(parsing: bytes.rawSpan) else { throw .malformedKey }
        let plain = try decrypt(file, passphrase: passphrase)
        let isEncrypted = if case .plain = file.content { false } else { true }
        // A wrong passphrase can leave padding that looks right: what comes out is then no key.
        guard var record = try? PrivateKeyRecord(parsing: plain.bytes) else {
            throw isEncrypted ? .wrongPassphrase : .malformedKey
        }
        defer { record.wipe() }
        if isEncrypted, case .other = record.key { throw .wrongPassphrase }
        return try record.privateKey()
    }

    /// The key in the Handle tools' form: plain, or with a passphrase encrypted as their newest scheme does it.
    public static func write(_ key: PrivateKey, passphrase: SecretBytes? = nil) throws(CryptoError) -> SecretBytes {
        let plain = try PrivateKeyRecord.encoded(key)
        guard let passphrase else {
            return SecretBytes(joining: SecretBytes(plainScheme), plain)
        }
        let content = try crypto { () throws(OpenSSLError) in
            let derivation = PrivateKeyFile.KeyDerivation(
                salt: try Random.bytes(count: 16), iterationCount: 10_000, keyBitCount: 128)
            let vector = try Random.bytes(count: Cipher.Algorithm.aes128.blockByteCount)
            let ciphertext = try Cipher.encrypt(
                plain.bytes, .aes128, .cbc, key: try derivedKey(passphrase, derivation), iv: vector)
            return PrivateKeyFile.Content.derived(
                scheme: PrivateKeyFile.aesScheme, derivation, initializationVector: vector, ciphertext: ciphertext)
        }
        var writer = ByteWriter()
        PrivateKeyFile(content).write(to: &writer)
        return SecretBytes(writer.bytes)
    }

    /// The number in front of a key in the clear.
    private static let plainScheme: [UInt8] = [0, 0, 0, 1]

    private static func readPEM(_ bytes: [UInt8], passphrase: SecretBytes?) throws(CryptoError) -> PrivateKey {
        do throws(OpenSSLError) {
            return try PrivateKey(pem: SecretBytes(bytes), passphrase: passphrase)
        } catch {
            // Both encrypted forms say so in their text: PKCS #8 in its label, the older ones in a header.
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains("ENCRYPTED") else { throw .malformedKey }
            throw passphrase == nil ? .passphraseNeeded : .wrongPassphrase
        }
    }

    private static func decrypt(
        _ file: PrivateKeyFile, passphrase: SecretBytes?
    ) throws(CryptoError) -> SecretBytes {
        if case .plain(let record) = file.content { return SecretBytes(record) }
        guard let passphrase else { throw .passphraseNeeded }
        do throws(OpenSSLError) {
            switch file.content {
            case .plain(let record):
                return SecretBytes(record)
            case .desECB(let ciphertext):
                return try Cipher.decrypt(ciphertext, .des, .ecb, key: digestKey(passphrase), iv: [])
            case .desCBC(let vector, let ciphertext):
                return try Cipher.decrypt(ciphertext, .des, .cbc, key: digestKey(passphrase), iv: vector)
            case .derived(let scheme, let derivation, let vector, let ciphertext):
                let cipher: Cipher.Algorithm = scheme == PrivateKeyFile.tripleDESScheme ? .tripleDES : .aes128
                guard derivation.keyBitCount == UInt32(cipher.keyByteCount * 8),
                    (1...iterationCountMax).contains(derivation.iterationCount)
                else { break }
                return try Cipher.decrypt(
                    ciphertext, cipher, .cbc, key: try derivedKey(passphrase, derivation), iv: vector)
            }
        } catch {
            throw .wrongPassphrase
        }
        throw .tooExpensive
    }

    private static func derivedKey(
        _ passphrase: SecretBytes, _ derivation: PrivateKeyFile.KeyDerivation
    ) throws(OpenSSLError) -> SecretBytes {
        try PBKDF2.deriveKey(
            password: PasswordText.latin1AsUTF8(passphrase), salt: derivation.salt,
            iterations: Int(derivation.iterationCount), byteCount: Int(derivation.keyBitCount) / 8, algorithm: .sha1)
    }

    /// Schemes 0 and 2: the first eight bytes of the passphrase's MD5.
    private static func digestKey(_ passphrase: SecretBytes) -> SecretBytes {
        var digest = Digest.hash(passphrase.bytes, .md5)
        defer { digest.wipe() }
        return SecretBytes(Array(digest.prefix(8)))
    }
}
