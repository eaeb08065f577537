public import HandleProtocol
public import OpenSSL

/// Public keys as HS_PUBKEY values and site records hold them (RFC 3651 §3.2.3).
extension PublicKeyRecord {
    /// The key, from either encoding. Throws `unsupportedKey` for keys that cannot sign.
    public func publicKey() throws(CryptoError) -> PublicKey {
        do throws(OpenSSLError) {
            switch key {
            case .rsa(let exponent, let modulus):
                return try PublicKey(RSAPublicNumbers(modulus: modulus, exponent: exponent))
            case .dsa(let q, let p, let g, let y):
                return try PublicKey(DSAPublicNumbers(p: p, q: q, g: g, y: y))
            case .pem(let text):
                return try PublicKey(pem: text)
            case .sm2(let bytes):
                return PEM.isRecognised(bytes.rawSpan)
                    ? try PublicKey(pem: bytes) : try PublicKey(subjectPublicKeyInfo: bytes)
            case .diffieHellman, .other:
                break
            }
        } catch {
            throw .malformedKey
        }
        throw .unsupportedKey
    }

    /// The key as a value holds it: RSA and DSA as tagged records, which every client reads; others as PEM text.
    public init(_ key: PublicKey) throws(CryptoError) {
        if let numbers = key.rsaNumbers {
            self = .rsa(exponent: BigInteger.signed(numbers.exponent), modulus: BigInteger.signed(numbers.modulus))
        } else if let numbers = key.dsaNumbers {
            self.init(
                .dsa(
                    q: BigInteger.signed(numbers.q), p: BigInteger.signed(numbers.p),
                    g: BigInteger.signed(numbers.g), y: BigInteger.signed(numbers.y)))
        } else {
            self.init(.pem(try crypto { () throws(OpenSSLError) in try key.pem() }))
        }
    }
}

extension PublicKey {
    /// The key in the bytes of an HS_PUBKEY value, in either encoding.
    public static func parse(value bytes: [UInt8]) throws(CryptoError) -> PublicKey {
        guard let record = try? PublicKeyRecord(parsing: bytes.rawSpan) else { throw .malformedKey }
        return try record.publicKey()
    }
}

/// Private keys as the Handle tools' key files hold them.
extension PrivateKeyRecord {
    public func privateKey() throws(CryptoError) -> PrivateKey {
        do throws(OpenSSLError) {
            switch key {
            case .dsa(let x, let p, let q, let g):
                return try PrivateKey(DSAPrivateNumbers(x: SecretBytes(x), p: p, q: q, g: g))
            case .rsaWithFactors(let numbers):
                return try PrivateKey(
                    RSAPrivateNumbers(
                        modulus: numbers.modulus, publicExponent: numbers.publicExponent,
                        privateExponent: SecretBytes(numbers.privateExponent),
                        factors: RSAPrivateNumbers.Factors(
                            p: SecretBytes(numbers.p), q: SecretBytes(numbers.q),
                            exponentP: SecretBytes(numbers.exponentP), exponentQ: SecretBytes(numbers.exponentQ),
                            coefficient: SecretBytes(numbers.coefficient))))
            case .rsa(let modulus, let exponent):
                if let found = try rsaKey(modulus: modulus, privateExponent: exponent) { return found }
            case .other:
                break
            }
        } catch {
            throw .malformedKey
        }
        throw .unsupportedKey
    }

    /// A key of modulus and private exponent alone: its public exponent is the usual one under which a signature
    /// verifies.
    private func rsaKey(modulus: [UInt8], privateExponent: [UInt8]) throws(OpenSSLError) -> PrivateKey? {
        for publicExponent: [UInt8] in [[1, 0, 1], [3], [17]] {
            let numbers = RSAPrivateNumbers(
                modulus: modulus, publicExponent: publicExponent, privateExponent: SecretBytes(privateExponent),
                factors: nil)
            let key = try PrivateKey(numbers)
            let probe = try Random.bytes(count: 32)
            if let signature = try? key.sign(probe, .digest(.sha256)),
                try key.publicKey().isValid(signature, of: probe, .digest(.sha256))
            {
                return key
            }
        }
        return nil
    }

    /// Throws `unsupportedKey` for kinds that key files do not know.
    public init(_ key: PrivateKey) throws(CryptoError) {
        if let numbers = key.rsaNumbers, let factors = numbers.factors {
            self.init(
                .rsaWithFactors(
                    RSAFactors(
                        modulus: BigInteger.signed(numbers.modulus),
                        publicExponent: BigInteger.signed(numbers.publicExponent),
                        privateExponent: BigInteger.signed(numbers.privateExponent.exposed),
                        p: BigInteger.signed(factors.p.exposed), q: BigInteger.signed(factors.q.exposed),
                        exponentP: BigInteger.signed(factors.exponentP.exposed),
                        exponentQ: BigInteger.signed(factors.exponentQ.exposed),
                        coefficient: BigInteger.signed(factors.coefficient.exposed))))
        } else if let numbers = key.dsaNumbers {
            self.init(
                .dsa(
                    x: BigInteger.signed(numbers.x.exposed), p: BigInteger.signed(numbers.p),
                    q: BigInteger.signed(numbers.q), g: BigInteger.signed(numbers.g)))
        } else {
            throw .unsupportedKey
        }
    }

    /// The key's encoding; what was made on the way is wiped.
    static func encoded(_ key: PrivateKey) throws(CryptoError) -> SecretBytes {
        var record = try PrivateKeyRecord(key)
        // Room for the largest key that we take, so that no copy is left behind when the bytes grow.
        var writer = ByteWriter(capacity: 8 * PublicKey.bitCountMax / 8)
        record.write(to: &writer)
        record.wipe()
        var bytes = writer.bytes
        writer = ByteWriter()
        defer { bytes.wipe() }
        return SecretBytes(bytes)
    }

    /// Overwrites the numbers that are secret, where nobody else holds them, and forgets all.
    mutating func wipe() {
        let wiped = key
        key = .other(kind: [], [])
        trailing = []
        switch consume wiped {
        case .dsa(var x, _, _, _):
            x.wipe()
        case .rsa(_, var exponent):
            exponent.wipe()
        case .rsaWithFactors(var factors):
            factors.privateExponent.wipe()
            factors.p.wipe()
            factors.q.wipe()
            factors.exponentP.wipe()
            factors.exponentQ.wipe()
            factors.coefficient.wipe()
        case .other(_, var rest):
            rest.wipe()
        }
    }
}
