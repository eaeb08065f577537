// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// How a key signs: RSA by PKCS #1 v1.5, DSA, EC and SM2 as a DER sequence of r and s, Ed25519 as it is.
public enum SignatureScheme: Equatable, Sendable {
    /// RSA, DSA, EC over the digest of the message.
    case digest(Digest.Algorithm)
    /// SM2 with SM3: the signer's distinguishing id is part of what is signed (GB/T 32918.2 §5.5).
    case sm2(id: [UInt8])
    /// Ed25519, which has a digest of its own.
    case ed25519

    /// The id that standards use where none is agreed (GM/T 0009 §10).
    public static let sm2DefaultID = Array("1234567812345678".utf8)

    var digestName: StaticString? {
        switch self {
        case .digest(let algorithm): algorithm.name
        case .sm2: Digest.Algorithm.sm3.name
        case .ed25519: nil
        }
    }

    func fits(_ key: KeyAlgorithm) -> Bool {
        switch (self, key) {
        case (.digest(let algorithm), .rsa): algorithm != .sm3
        case (.digest, .dsa), (.digest, .ec), (.sm2, .sm2), (.ed25519, .ed25519): true
        default: false
        }
    }
}

extension PrivateKey {
    /// The signature of `message`. Throws when the scheme is not one for this key.
    public func sign(_ message: [UInt8], _ scheme: SignatureScheme) throws(OpenSSLError) -> [UInt8] {
        guard scheme.fits(algorithm) else { throw OpenSSLError(refusing: "sign with a key of that kind") }
        let context = unsafe SignatureContext(key: pointer, scheme)
        guard let state = unsafe context.begin(signing: true) else { throw OpenSSLError(during: "sign a message") }
        let signature = unsafe message.span.bytes.lend { base, count -> [UInt8]? in
            var capacity = 0
            guard unsafe EVP_DigestSign(state, nil, &capacity, base, count) == 1 else { return nil }
            var signature = [UInt8](repeating: 0, count: capacity)
            guard unsafe EVP_DigestSign(state, &signature, &capacity, base, count) == 1,
                capacity <= signature.count
            else { return nil }
            signature.removeLast(signature.count - capacity)
            return signature
        }
        guard let signature else { throw OpenSSLError(during: "sign a message") }
        return signature
    }
}

extension PublicKey {
    /// Whether `signature` is this key's for `message`. False as well for a signature that is malformed, and for a
    /// scheme that is not one for this key: who asks cannot be helped by the difference.
    public func isValid(_ signature: [UInt8], of message: [UInt8], _ scheme: SignatureScheme) -> Bool {
        guard scheme.fits(algorithm) else { return false }
        defer { ERR_clear_error() }
        let context = unsafe SignatureContext(key: pointer, scheme)
        guard let state = unsafe context.begin(signing: false) else { return false }
        return unsafe signature.span.bytes.lend { signature, signatureCount in
            unsafe message.span.bytes.lend { message, messageCount in
                unsafe EVP_DigestVerify(state, signature, signatureCount, message, messageCount) == 1
            }
        }
    }
}

/// Owns what one signature needs.
@safe private final class SignatureContext {
    private let key: OpaquePointer
    private let scheme: SignatureScheme
    private let state: OpaquePointer?
    /// SM2's id must be set before the digest begins, on a context that we then have to free ourselves.
    private let keyContext: OpaquePointer?

    init(key: OpaquePointer, _ scheme: SignatureScheme) {
        unsafe self.key = key
        self.scheme = scheme
        unsafe state = EVP_MD_CTX_new()
        if case .sm2 = scheme {
            unsafe keyContext = EVP_PKEY_CTX_new_from_pkey(Library.pointer, key, nil)
        } else {
            unsafe keyContext = nil
        }
    }

    deinit {
        unsafe EVP_MD_CTX_free(state)
        unsafe EVP_PKEY_CTX_free(keyContext)
    }

    /// Ready for EVP_DigestSign or EVP_DigestVerify; nil when OpenSSL refuses the key.
    func begin(signing: Bool) -> OpaquePointer? {
        if case .sm2(let id) = scheme {
            let isSet = unsafe id.span.bytes.lend { base, count in
                unsafe EVP_PKEY_CTX_set1_id(keyContext, base, Int32(clamping: count)) == 1
            }
            guard unsafe keyContext != nil, isSet else { return nil }
            unsafe EVP_MD_CTX_set_pkey_ctx(state, keyContext)
        }
        let name = unsafe scheme.digestName?.cString
        let done =
            signing
            ? unsafe EVP_DigestSignInit_ex(state, nil, name, Library.pointer, nil, key, nil)
            : unsafe EVP_DigestVerifyInit_ex(state, nil, name, Library.pointer, nil, key, nil)
        return unsafe done == 1 ? state : nil
    }
}
