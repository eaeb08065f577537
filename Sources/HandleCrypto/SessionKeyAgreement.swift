public import HandleProtocol
public import OpenSSL

/// How client and server come to a session's key (RFC 3652 §3.8.1): by Diffie-Hellman, or encrypted for a public key.
public enum SessionKeyAgreement {
    // MARK: Diffie-Hellman (mode 4)

    /// The server's half: takes the client's public key record, returns the data of the answer and the cipher.
    ///
    /// An answer below 2.4 has no room to name a cipher: it is DES then, and `algorithm` is not looked at.
    public static func answer(
        toDiffieHellman clientKey: [UInt8], algorithm: SessionCipher.Algorithm = .aes, version: ProtocolVersion
    ) throws(CryptoError) -> (data: [UInt8], SessionCipher) {
        guard let record = try? PublicKeyRecord(parsing: clientKey.rawSpan),
            case .diffieHellman(let y, let p, let g) = record.key
        else { throw .malformedExchange }
        let exchange = try crypto { () throws(OpenSSLError) in
            try DiffieHellman.generate(prime: p, generator: g)
        }
        let isNamed = version.hasFeatures(of2: 4)
        let chosen = isNamed ? algorithm : .des
        let cipher = try cipher(chosen, from: exchange, with: y)
        var writer = ByteWriter()
        if isNamed { writer.write(chosen.rawValue) }
        PublicKeyRecord(.diffieHellman(y: BigInteger.signed(exchange.publicNumber), p: p, g: g)).write(to: &writer)
        return (writer.bytes, cipher)
    }

    /// The client's beginning: its public key record for a new exchange in the group of `prime` and `generator`.
    public static func offerDiffieHellman(
        prime: [UInt8], generator: [UInt8]
    ) throws(CryptoError) -> (record: [UInt8], DiffieHellman) {
        let exchange = try crypto { () throws(OpenSSLError) in
            try DiffieHellman.generate(prime: prime, generator: generator)
        }
        let key = PublicKeyRecord.Key.diffieHellman(
            y: BigInteger.signed(exchange.publicNumber), p: BigInteger.signed(prime), g: BigInteger.signed(generator))
        var writer = ByteWriter()
        PublicKeyRecord(key).write(to: &writer)
        return (writer.bytes, exchange)
    }

    /// The client's end: what the server's data and its own half make.
    public static func finishDiffieHellman(
        _ data: [UInt8], _ exchange: DiffieHellman, version: ProtocolVersion
    ) throws(CryptoError) -> SessionCipher {
        var reader = ByteReader(data.rawSpan)
        var algorithm = SessionCipher.Algorithm.des
        if version.hasFeatures(of2: 4) {
            guard let number = try? reader.readUInt32("cipher") else { throw .malformedExchange }
            algorithm = SessionCipher.Algorithm(rawValue: number)
        }
        guard let record = try? PublicKeyRecord(parsing: reader.readRest()),
            case .diffieHellman(let y, _, _) = record.key
        else { throw .malformedExchange }
        return try cipher(algorithm, from: exchange, with: y)
    }

    private static func cipher(
        _ algorithm: SessionCipher.Algorithm, from exchange: DiffieHellman, with y: [UInt8]
    ) throws(CryptoError) -> SessionCipher {
        let shared = try crypto { () throws(OpenSSLError) in try exchange.sharedSecret(with: y) }
        return try SessionCipher(algorithm, key: key(for: algorithm, from: shared))
    }

    /// A session's key from the number that both sides know, as long as the prime: for AES and SM4 its first 32 bytes,
    /// zeros in front dropped while more than 32 remain; for DES and 3DES its first 8 and 24, with odd parity.
    static func key(
        for algorithm: SessionCipher.Algorithm, from shared: SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        let isDES = algorithm == .des || algorithm == .tripleDES
        let byteCount = algorithm == .des ? 8 : algorithm == .tripleDES ? 24 : 32
        var bytes = shared.exposed
        defer { bytes.wipe() }
        var start = 0
        while !isDES, bytes.count - start > byteCount, bytes[start] == 0 { start += 1 }
        guard bytes.count - start >= byteCount else { throw .malformedExchange }
        var key = Array(bytes[start..<(start + byteCount)])
        defer { key.wipe() }
        if isDES {
            for index in key.indices where key[index].nonzeroBitCount % 2 == 0 { key[index] ^= 1 }
        }
        return SecretBytes(key)
    }

    // MARK: A key for a public key (modes 1, 2, 3)

    /// A new session's key, and the same encrypted for the other side: the cipher's number (from 2.2 on) and the key.
    public static func makeKey(
        _ algorithm: SessionCipher.Algorithm, for publicKey: PublicKey, version: ProtocolVersion
    ) throws(CryptoError) -> (encrypted: [UInt8], SessionCipher) {
        // Below 2.2 there is no number, and the other side expects DES.
        let isNamed = version.hasFeatures(of2: 2)
        guard let cipher = algorithm.cipher, isNamed || algorithm == .des else { throw .unknownAlgorithm }
        var number = ByteWriter()
        if isNamed { number.write(algorithm.rawValue) }
        let (encrypted, key) = try crypto { () throws(OpenSSLError) in
            let key = try Random.secret(byteCount: cipher.keyByteCount)
            return (try publicKey.encrypt(SecretBytes(joining: SecretBytes(number.bytes), key)), key)
        }
        return (encrypted, try SessionCipher(algorithm, key: key))
    }

    /// The key that the other side encrypted for us.
    ///
    /// A ciphertext that does not open gives a random key, so that the sender cannot learn from our answers whether
    /// its padding was right (RFC 8017 §7.2): the session then fails at its first message.
    public static func openKey(
        _ encrypted: [UInt8], with privateKey: PrivateKey, version: ProtocolVersion
    ) throws(CryptoError) -> SessionCipher {
        let substitute = try crypto { () throws(OpenSSLError) in try Random.secret(byteCount: 16) }
        if let plain = try? privateKey.decrypt(encrypted) {
            let isNamed = version.hasFeatures(of2: 2)
            let number = isNamed ? plain.bytes.bigEndianUInt32(at: 0) : SessionCipher.Algorithm.des.rawValue
            let key = SecretBytes(plain.bytes.extracting(droppingFirst: isNamed ? min(4, plain.byteCount) : 0))
            if let cipher = try? SessionCipher(SessionCipher.Algorithm(rawValue: number), key: key) { return cipher }
        }
        return try SessionCipher(.aes, key: substitute)
    }
}

/// Big integers on the wire are two's complement.
enum BigInteger {
    /// With a zero byte in front where the top bit is set.
    static func signed(_ number: [UInt8]) -> [UInt8] {
        (number.first ?? 0) & 0x80 == 0 ? number : [0] + number
    }
}
