// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// The numbers of an RSA private key: big-endian; only modulus, exponents and primes are always known.
public struct RSAPrivateNumbers: Sendable {
    public var modulus: [UInt8]
    public var publicExponent: [UInt8]
    public var privateExponent: SecretBytes
    /// p, q, d mod p−1, d mod q−1, q⁻¹ mod p; nil when only the exponent is known.
    public var factors: Factors?

    public struct Factors: Sendable {
        public var p: SecretBytes
        public var q: SecretBytes
        public var exponentP: SecretBytes
        public var exponentQ: SecretBytes
        public var coefficient: SecretBytes

        public init(
            p: SecretBytes, q: SecretBytes, exponentP: SecretBytes, exponentQ: SecretBytes, coefficient: SecretBytes
        ) {
            self.p = p
            self.q = q
            self.exponentP = exponentP
            self.exponentQ = exponentQ
            self.coefficient = coefficient
        }
    }

    public init(modulus: [UInt8], publicExponent: [UInt8], privateExponent: SecretBytes, factors: Factors?) {
        self.modulus = modulus
        self.publicExponent = publicExponent
        self.privateExponent = privateExponent
        self.factors = factors
    }
}

/// The numbers of a DSA private key: big-endian. The public one is computed from them.
public struct DSAPrivateNumbers: Sendable {
    public var x: SecretBytes
    public var p: [UInt8]
    public var q: [UInt8]
    public var g: [UInt8]

    public init(x: SecretBytes, p: [UInt8], q: [UInt8], g: [UInt8]) {
        self.x = x
        self.p = p
        self.q = q
        self.g = g
    }
}

/// A private key, with its public half. Never described.
///
/// Sendable: OpenSSL's keys are not changed after they are made, and their reference counts are atomic.
@safe public final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer
    public let algorithm: KeyAlgorithm

    /// Takes the key over.
    init(owning key: OpaquePointer) throws(OpenSSLError) {
        guard let algorithm = unsafe KeyAlgorithm(of: key) else {
            unsafe EVP_PKEY_free(key)
            throw OpenSSLError(refusing: "use a key of that kind or length")
        }
        unsafe pointer = key
        self.algorithm = algorithm
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    public convenience init(_ numbers: RSAPrivateNumbers) throws(OpenSSLError) {
        var parameters = KeyParameters()
        parameters.add("n", try BigNumber(numbers.modulus))
        parameters.add("e", try BigNumber(numbers.publicExponent))
        parameters.add("d", try BigNumber(numbers.privateExponent))
        if let factors = numbers.factors {
            parameters.add("rsa-factor1", try BigNumber(factors.p))
            parameters.add("rsa-factor2", try BigNumber(factors.q))
            parameters.add("rsa-exponent1", try BigNumber(factors.exponentP))
            parameters.add("rsa-exponent2", try BigNumber(factors.exponentQ))
            parameters.add("rsa-coefficient1", try BigNumber(factors.coefficient))
        }
        unsafe try self.init(owning: parameters.key("RSA", selecting: .pair))
    }

    public convenience init(_ numbers: DSAPrivateNumbers) throws(OpenSSLError) {
        let (p, g) = (try BigNumber(numbers.p), try BigNumber(numbers.g))
        let x = try BigNumber(numbers.x)
        guard p.bitCount <= PublicKey.bitCountMax else { throw OpenSSLError(refusing: "use a key of that length") }
        var parameters = KeyParameters()
        parameters.add("p", p)
        parameters.add("q", try BigNumber(numbers.q))
        parameters.add("g", g)
        parameters.add("pub", try BigNumber(g, toThe: x, modulo: p))
        parameters.add("priv", x)
        unsafe try self.init(owning: parameters.key("DSA", selecting: .pair))
    }

    /// From PKCS #8 or the older forms of single algorithms, in DER.
    public convenience init(der: SecretBytes) throws(OpenSSLError) {
        let key = unsafe der.bytes.lend { base, count -> OpaquePointer? in
            var position: UnsafePointer<UInt8>? = unsafe base
            return unsafe d2i_AutoPrivateKey_ex(nil, &position, count, Library.pointer, nil)
        }
        guard let key = unsafe key else { throw OpenSSLError(during: "read a private key") }
        unsafe try self.init(owning: key)
    }

    /// From PEM text: PKCS #8, encrypted or not, or the older forms. Without a passphrase an encrypted key is refused;
    /// nobody is asked for one.
    public convenience init(pem text: SecretBytes, passphrase: SecretBytes? = nil) throws(OpenSSLError) {
        var offered = passphrase
        let key = unsafe text.bytes.lend { base, count in
            unsafe withUnsafeMutablePointer(to: &offered) { offered in
                let memory = unsafe BIO_new_mem_buf(base, Int32(clamping: count))
                defer { unsafe BIO_free(memory) }
                return unsafe PEM_read_bio_PrivateKey_ex(
                    memory, nil, givePassphrase, UnsafeMutableRawPointer(offered), Library.pointer, nil)
            }
        }
        guard let key = unsafe key else { throw OpenSSLError(during: "read a private key") }
        unsafe try self.init(owning: key)
    }

    /// The key as PKCS #8 in DER.
    public func pkcs8() throws(OpenSSLError) -> SecretBytes {
        let information = unsafe EVP_PKEY2PKCS8(pointer)
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(information) }
        var base: UnsafeMutablePointer<UInt8>?
        let count = unsafe information == nil ? 0 : Int(i2d_PKCS8_PRIV_KEY_INFO(information, &base))
        defer { unsafe shim_OPENSSL_clear_free(base, max(count, 0)) }
        guard count > 0, let base = unsafe base else { throw OpenSSLError(during: "write a private key") }
        return unsafe SecretBytes(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count))
    }

    /// The key as PKCS #8 in PEM text; with a passphrase encrypted by AES-256-CBC under a key of PBKDF2.
    public func pem(passphrase: SecretBytes? = nil) throws(OpenSSLError) -> SecretBytes {
        let cipher = unsafe passphrase == nil ? nil : EVP_CIPHER_fetch(Library.pointer, "AES-256-CBC", nil)
        defer { unsafe EVP_CIPHER_free(cipher) }
        let text = unsafe MemoryText.write { memory in
            guard let passphrase else {
                return unsafe PEM_write_bio_PKCS8PrivateKey(memory, pointer, nil, nil, 0, nil, nil) == 1
            }
            return unsafe passphrase.bytes.lend { base, count in
                unsafe base.withMemoryRebound(to: CChar.self, capacity: count) {
                    unsafe PEM_write_bio_PKCS8PrivateKey(memory, pointer, cipher, $0, Int32(clamping: count), nil, nil)
                        == 1
                }
            }
        }
        guard let text else { throw OpenSSLError(during: "write a private key") }
        return text
    }

    public func publicKey() throws(OpenSSLError) -> PublicKey {
        var base: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(pointer, &base)
        defer { unsafe shim_OPENSSL_free(base) }
        guard count > 0, let base = unsafe base else { throw OpenSSLError(during: "find the public half of a key") }
        return try PublicKey(
            subjectPublicKeyInfo: unsafe [UInt8](UnsafeBufferPointer(start: base, count: Int(count))))
    }

    /// Nil for other keys.
    public var rsaNumbers: RSAPrivateNumbers? {
        guard algorithm == .rsa, let n = unsafe BigNumber(of: pointer, "n"), let e = unsafe BigNumber(of: pointer, "e"),
            let d = unsafe BigNumber(of: pointer, "d")
        else { return nil }
        let names = ["rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1"]
        let parts = names.compactMap { unsafe BigNumber(of: pointer, $0)?.secret }
        let factors =
            parts.count < names.count
            ? nil
            : RSAPrivateNumbers.Factors(
                p: parts[0], q: parts[1], exponentP: parts[2], exponentQ: parts[3], coefficient: parts[4])
        return RSAPrivateNumbers(
            modulus: n.bytes, publicExponent: e.bytes, privateExponent: d.secret, factors: factors)
    }

    /// Nil for other keys.
    public var dsaNumbers: DSAPrivateNumbers? {
        guard algorithm == .dsa, let x = unsafe BigNumber(of: pointer, "priv"),
            let p = unsafe BigNumber(of: pointer, "p"),
            let q = unsafe BigNumber(of: pointer, "q"), let g = unsafe BigNumber(of: pointer, "g")
        else { return nil }
        return DSAPrivateNumbers(x: x.secret, p: p.bytes, q: q.bytes, g: g.bytes)
    }
}

extension PrivateKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "private key (\(algorithm.rawValue))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// OpenSSL asks this for the passphrase of an encrypted key; -1 says that there is none.
private func givePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ isWriting: Int32, _ offered: UnsafeMutableRawPointer?
) -> Int32 {
    // Safe: the one caller gives the address of an optional SecretBytes that outlives the call.
    guard let offered = unsafe offered?.assumingMemoryBound(to: SecretBytes?.self), let secret = unsafe offered.pointee,
        let buffer = unsafe buffer, secret.byteCount <= Int(capacity)
    else { return -1 }
    unsafe secret.bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(capacity)).copyMemory(from: $0)
    }
    return Int32(secret.byteCount)
}
