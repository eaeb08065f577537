// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// What a key is for.
public enum KeyAlgorithm: String, Sendable {
    case rsa = "RSA"
    case dsa = "DSA"
    /// GB/T 32918.
    case sm2 = "SM2"
    case ec = "EC"
    case ed25519 = "ED25519"
}

/// The numbers of an RSA public key: big-endian, without zeros in front.
public struct RSAPublicNumbers: Equatable, Sendable {
    public var modulus: [UInt8]
    public var exponent: [UInt8]

    public init(modulus: [UInt8], exponent: [UInt8]) {
        self.modulus = modulus
        self.exponent = exponent
    }
}

/// The numbers of a DSA public key: big-endian, without zeros in front.
public struct DSAPublicNumbers: Equatable, Sendable {
    public var p: [UInt8]
    public var q: [UInt8]
    public var g: [UInt8]
    public var y: [UInt8]

    public init(p: [UInt8], q: [UInt8], g: [UInt8], y: [UInt8]) {
        self.p = p
        self.q = q
        self.g = g
        self.y = y
    }
}

/// A public key. Keys longer than `bitCountMax` are refused: verifying with them would cost a stranger nothing and us
/// seconds.
///
/// Sendable: OpenSSL's keys are not changed after they are made, and their reference counts are atomic.
@safe public final class PublicKey: @unchecked Sendable {
    /// Longest RSA modulus and DSA prime, in bits.
    public static let bitCountMax = 8_192

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

    public convenience init(_ numbers: RSAPublicNumbers) throws(OpenSSLError) {
        var parameters = KeyParameters()
        parameters.add("n", try BigNumber(numbers.modulus))
        parameters.add("e", try BigNumber(numbers.exponent))
        unsafe try self.init(owning: parameters.key("RSA", selecting: .publicKey))
    }

    public convenience init(_ numbers: DSAPublicNumbers) throws(OpenSSLError) {
        var parameters = KeyParameters()
        parameters.add("p", try BigNumber(numbers.p))
        parameters.add("q", try BigNumber(numbers.q))
        parameters.add("g", try BigNumber(numbers.g))
        parameters.add("pub", try BigNumber(numbers.y))
        unsafe try self.init(owning: parameters.key("DSA", selecting: .publicKey))
    }

    /// From a SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7); bytes behind it are an error.
    public convenience init(subjectPublicKeyInfo der: [UInt8]) throws(OpenSSLError) {
        let key = unsafe der.span.bytes.lend { base, count -> OpaquePointer? in
            var position: UnsafePointer<UInt8>? = unsafe base
            let key = unsafe d2i_PUBKEY_ex(nil, &position, count, Library.pointer, nil)
            guard let end = unsafe position, unsafe end == base + count else {
                unsafe EVP_PKEY_free(key)
                return nil
            }
            return unsafe key
        }
        guard let key = unsafe key else { throw OpenSSLError(during: "read a public key") }
        unsafe try self.init(owning: key)
    }

    /// From PEM text that holds a SubjectPublicKeyInfo; text around it is passed over.
    public convenience init(pem text: [UInt8]) throws(OpenSSLError) {
        let key = unsafe MemoryText.read(text) {
            unsafe PEM_read_bio_PUBKEY_ex($0, nil, nil, nil, Library.pointer, nil)
        }
        guard let key = unsafe key else { throw OpenSSLError(during: "read a public key") }
        unsafe try self.init(owning: key)
    }

    /// The key as SubjectPublicKeyInfo in DER.
    public func subjectPublicKeyInfo() throws(OpenSSLError) -> [UInt8] {
        var base: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(pointer, &base)
        defer { unsafe shim_OPENSSL_free(base) }
        guard count > 0, let base = unsafe base else { throw OpenSSLError(during: "write a public key") }
        return unsafe [UInt8](UnsafeBufferPointer(start: base, count: Int(count)))
    }

    /// The key as PEM text.
    public func pem() throws(OpenSSLError) -> [UInt8] {
        guard let text = unsafe MemoryText.write({ unsafe PEM_write_bio_PUBKEY($0, pointer) == 1 }) else {
            throw OpenSSLError(during: "write a public key")
        }
        return text.exposed
    }

    /// Nil for other keys.
    public var rsaNumbers: RSAPublicNumbers? {
        guard algorithm == .rsa, let n = unsafe BigNumber(of: pointer, "n"), let e = unsafe BigNumber(of: pointer, "e")
        else { return nil }
        return RSAPublicNumbers(modulus: n.bytes, exponent: e.bytes)
    }

    /// Nil for other keys.
    public var dsaNumbers: DSAPublicNumbers? {
        guard algorithm == .dsa, let p = unsafe BigNumber(of: pointer, "p"), let q = unsafe BigNumber(of: pointer, "q"),
            let g = unsafe BigNumber(of: pointer, "g"), let y = unsafe BigNumber(of: pointer, "pub")
        else { return nil }
        return DSAPublicNumbers(p: p.bytes, q: q.bytes, g: g.bytes, y: y.bytes)
    }

    /// Length of the RSA modulus, the DSA prime or the curve's field.
    public var bitCount: Int { Int(unsafe EVP_PKEY_get_bits(pointer)) }

    /// Whether both are the same key.
    public func isSame(as other: PublicKey) -> Bool {
        let result = unsafe EVP_PKEY_eq(pointer, other.pointer) == 1
        ERR_clear_error()
        return result
    }
}

extension KeyAlgorithm {
    /// Nil for kinds and lengths that we do not use.
    init?(of key: OpaquePointer) {
        let known: [KeyAlgorithm] = [.rsa, .dsa, .sm2, .ec, .ed25519]
        guard let found = known.first(where: { unsafe EVP_PKEY_is_a(key, $0.rawValue) == 1 }),
            Int(unsafe EVP_PKEY_get_bits(key)) <= PublicKey.bitCountMax
        else { return nil }
        self = found
    }
}

/// Text in memory for OpenSSL's readers and writers of PEM. Wiped afterwards.
enum MemoryText {
    static func read<Result>(_ text: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
        unsafe text.span.bytes.lend { base, count in
            // Read-only: OpenSSL does not copy the text.
            let memory = unsafe BIO_new_mem_buf(base, Int32(clamping: count))
            defer { unsafe BIO_free(memory) }
            return unsafe body(memory)
        }
    }

    /// Nil when `body` fails.
    static func write(_ body: (OpaquePointer?) -> Bool) -> SecretBytes? {
        let memory = unsafe BIO_new(BIO_s_secmem())
        defer { unsafe BIO_free(memory) }
        guard unsafe body(memory) else { return nil }
        var base: UnsafeMutablePointer<CChar>?
        let count = unsafe shim_BIO_get_mem_data(memory, &base)
        guard count > 0, let base = unsafe base else { return nil }
        return unsafe SecretBytes(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count))
    }
}
