public import HandleProtocol
public import OpenSSL

/// The proof that a client knows a key: its answer to a challenge (RFC 3652 §3.5.2), over the challenge's nonce and
/// the digest of the request that was challenged.
public struct ChallengeProof: Sendable {
    public var nonce: [UInt8]
    /// The digest alone, without its kind.
    public var requestDigest: [UInt8]

    public init(nonce: [UInt8], requestDigest: [UInt8]) {
        self.nonce = nonce
        self.requestDigest = requestDigest
    }

    private var input: [UInt8] { nonce + requestDigest }

    /// What an answer may make the verifier compute.
    enum Bounds {
        /// Clients of the reference library use 10,000.
        static let iterationCount: UInt32 = 100_000
        static let keyBitCount: UInt32 = 512
        static let saltByteCount = 256
    }

    private enum Code {
        static let hmacSHA1: UInt8 = 0x12
        static let hmacSHA256: UInt8 = 0x13
        static let derivedHMACSHA1: UInt8 = 0x22
    }

    // MARK: Secret keys

    /// The answer of who knows a secret key to a challenge of `version` (the lower of the challenge's version and
    /// suggestion).
    public func answer(secret: SecretBytes, version: ProtocolVersion) throws(CryptoError) -> [UInt8] {
        guard version.hasFeatures(of2: 1) else { return framedDigest(.md5, secret) }
        guard version.hasFeatures(of2: 7) else { return [2] + framedDigest(.sha1, secret) }
        let salt = try crypto { () throws(OpenSSLError) in try Random.bytes(count: 16) }
        return try derivedAnswer(secret: secret, salt: salt, iterationCount: 10_000, keyBitCount: 160)
    }

    /// Whether an answer made with a secret key has a form that any version knows.
    public static func isKnownForm(_ answer: [UInt8]) -> Bool {
        guard let code = answer.first else { return false }
        return answer.count == Digest.Algorithm.md5.byteCount || Digest.Algorithm(wireCode: code) != nil
            || [Code.hmacSHA1, Code.hmacSHA256, Code.derivedHMACSHA1].contains(code)
    }

    /// Whether the answer proves that its sender knows the secret; every form is accepted whatever the version.
    /// Throws `tooExpensive` for a derivation beyond what a client may ask for.
    public func isProven(by answer: [UInt8], secret: SecretBytes) throws(CryptoError) -> Bool {
        // Sixteen bytes are an MD5 without code; no answer with a code is as short.
        if answer.count == Digest.Algorithm.md5.byteCount {
            return framedDigest(.md5, secret).isEqualInConstantTime(to: answer)
        }
        guard let code = answer.first else { return false }
        let expected: [UInt8]
        switch code {
        case Code.hmacSHA1, Code.hmacSHA256:
            let digest: Digest.Algorithm = code == Code.hmacSHA1 ? .sha1 : .sha256
            let input = self.input
            expected = [code] + MAC.hmac(digest, key: secret, input)
        case Code.derivedHMACSHA1:
            expected = try derivedAnswer(like: answer, secret: secret)
        default:
            guard let digest = Digest.Algorithm(wireCode: code) else { return false }
            expected = [code] + framedDigest(digest, secret)
        }
        return expected.isEqualInConstantTime(to: answer)
    }

    private func framedDigest(_ algorithm: Digest.Algorithm, _ secret: SecretBytes) -> [UInt8] {
        let context = DigestContext()
        context.begin(algorithm)
        context.update(secret.bytes)
        context.update(nonce.rawSpan)
        context.update(requestDigest.rawSpan)
        context.update(secret.bytes)
        return context.finish().array
    }

    /// The answer that would have to come with the salt and the counts of this one.
    private func derivedAnswer(like answer: [UInt8], secret: SecretBytes) throws(CryptoError) -> [UInt8] {
        let (salt, iterationCount, keyBitCount): ([UInt8], UInt32, UInt32)
        do throws(WireError) {
            var reader = ByteReader(answer.rawSpan)
            _ = try reader.readUInt8("answer code")
            salt = try reader.readBytes("salt").array
            iterationCount = try reader.readUInt32("iterations")
            keyBitCount = try reader.readUInt32("key bits")
        } catch {
            throw .malformedExchange
        }
        return try derivedAnswer(
            secret: secret, salt: salt, iterationCount: iterationCount, keyBitCount: keyBitCount)
    }

    /// The answer by PBKDF2 with this salt, these iterations, and a key of so many bits.
    public func derivedAnswer(
        secret: SecretBytes, salt: [UInt8], iterationCount: UInt32, keyBitCount: UInt32
    ) throws(CryptoError) -> [UInt8] {
        guard (1...Bounds.iterationCount).contains(iterationCount), (8...Bounds.keyBitCount).contains(keyBitCount),
            keyBitCount % 8 == 0, salt.count <= Bounds.saltByteCount
        else { throw .tooExpensive }
        let input = self.input
        let code = try crypto { () throws(OpenSSLError) in
            let key = try PBKDF2.deriveKey(
                password: PasswordText.latin1AsUTF8(secret), salt: salt, iterations: Int(iterationCount),
                byteCount: Int(keyBitCount) / 8, algorithm: .sha1)
            return MAC.hmac(.sha1, key: key, input)
        }
        var writer = ByteWriter()
        writer.write(Code.derivedHMACSHA1)
        writer.write(salt)
        writer.write(iterationCount)
        writer.write(keyBitCount)
        writer.write(code)
        return writer.bytes
    }

    // MARK: Public keys

    /// The answer of a private key's owner: the digest's name and a signature.
    /// - Parameter keyHandle: Where the public key is: an SM2 signature's distinguishing id.
    public func answer(
        key: PrivateKey, keyHandle: [UInt8], version: ProtocolVersion
    ) throws(CryptoError) -> [UInt8] {
        let digest: Digest.Algorithm
        switch key.algorithm {
        case .rsa, .ec: digest = version.hasFeatures(of2: 7) ? .sha256 : .sha1
        case .dsa: digest = version.hasFeatures(of2: 11) ? .sha256 : .sha1
        case .sm2: digest = .sm3
        case .ed25519: throw .unsupportedKey
        }
        let (message, scheme) = signed(by: key.algorithm, digest, keyHandle: keyHandle)
        let signature = try crypto { () throws(OpenSSLError) in try key.sign(message, scheme) }
        var writer = ByteWriter()
        writer.write(digest.wireName)
        writer.write(signature)
        return writer.bytes
    }

    /// Whether the answer proves that its sender has the private half of the key. False for an answer that cannot be
    /// read as well.
    public func isProven(by answer: [UInt8], key: PublicKey, keyHandle: [UInt8]) -> Bool {
        var reader = ByteReader(answer.rawSpan)
        guard let name = try? reader.readBytes("digest name").array,
            let signature = try? reader.readBytes("signature").array,
            let digest = Digest.Algorithm(wireName: name)
        else { return false }
        let (message, scheme) = signed(by: key.algorithm, digest, keyHandle: keyHandle)
        return key.isValid(signature, of: message, scheme)
    }

    /// SM2 clients sign the SM3 digest of nonce and request digest as the message, with the user's handle as id.
    private func signed(
        by key: KeyAlgorithm, _ digest: Digest.Algorithm, keyHandle: [UInt8]
    ) -> (message: [UInt8], SignatureScheme) {
        key == .sm2 && digest == .sm3 ? (Digest.hash(input, .sm3), .sm2(id: keyHandle)) : (input, .digest(digest))
    }
}

/// A quirk of the reference: a secret that goes into PBKDF2 is taken for Latin-1 text, and its UTF-8 is the password.
enum PasswordText {
    static func latin1AsUTF8(_ secret: SecretBytes) -> SecretBytes {
        var text: [UInt8] = []
        // Reserved, so that no copy is left behind unwiped.
        text.reserveCapacity(2 * secret.byteCount)
        let bytes = secret.bytes
        for offset in 0..<bytes.byteCount {
            let byte = bytes.byte(at: offset)
            if byte < 0x80 {
                text.append(byte)
            } else {
                text.append(0xC0 | byte >> 6)
                text.append(0x80 | byte & 0x3F)
            }
        }
        defer { text.wipe() }
        return SecretBytes(text)
    }
}
