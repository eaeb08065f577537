// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Block ciphers with PKCS #5 padding.
public enum Cipher {
    public enum Algorithm: Sendable, CaseIterable {
        case aes128
        /// Broken; for old clients and old key files only.
        case des
        case tripleDES
        /// GB/T 32907.
        case sm4

        /// Bytes of the key.
        public var keyByteCount: Int {
            switch self {
            case .aes128, .sm4: 16
            case .des: 8
            case .tripleDES: 24
            }
        }

        /// Bytes of a block, and of the initialization vector.
        public var blockByteCount: Int {
            switch self {
            case .aes128, .sm4: 16
            case .des, .tripleDES: 8
            }
        }
    }

    public enum Mode: Sendable {
        case cbc
        /// Without an initialization vector: what versions below 2.4 do.
        case ecb
    }

    /// `iv`: a block in mode CBC, empty in mode ECB.
    public static func encrypt(
        _ plaintext: RawSpan, _ algorithm: Algorithm, _ mode: Mode, key: SecretBytes, iv: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        try run(plaintext, algorithm, mode, key: key, iv: iv, encrypting: true).exposed
    }

    /// As `encrypt`. A wrong key is noticed by wrong padding only, and not always: what comes out must be checked.
    public static func decrypt(
        _ ciphertext: RawSpan, _ algorithm: Algorithm, _ mode: Mode, key: SecretBytes, iv: [UInt8]
    ) throws(OpenSSLError) -> SecretBytes {
        try run(ciphertext, algorithm, mode, key: key, iv: iv, encrypting: false)
    }

    /// As above.
    public static func encrypt(
        _ plaintext: [UInt8], _ algorithm: Algorithm, _ mode: Mode, key: SecretBytes, iv: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        unsafe try encrypt(plaintext.span.bytes, algorithm, mode, key: key, iv: iv)
    }

    /// As above.
    public static func decrypt(
        _ ciphertext: [UInt8], _ algorithm: Algorithm, _ mode: Mode, key: SecretBytes, iv: [UInt8]
    ) throws(OpenSSLError) -> SecretBytes {
        unsafe try decrypt(ciphertext.span.bytes, algorithm, mode, key: key, iv: iv)
    }

    private static func run(
        _ input: RawSpan, _ algorithm: Algorithm, _ mode: Mode, key: SecretBytes, iv: [UInt8], encrypting: Bool
    ) throws(OpenSSLError) -> SecretBytes {
        let block = algorithm.blockByteCount
        guard key.byteCount == algorithm.keyByteCount, iv.count == (mode == .cbc ? block : 0),
            input.byteCount <= Int(Int32.max) - block
        else { throw OpenSSLError(refusing: "use a cipher with that key or initialization vector") }
        let method = unsafe EVP_CIPHER_fetch(Library.pointer, name(algorithm, mode), nil)
        let context = unsafe EVP_CIPHER_CTX_new()
        defer {
            unsafe EVP_CIPHER_CTX_free(context)
            unsafe EVP_CIPHER_free(method)
        }
        return unsafe try SecretBytes(capacity: input.byteCount + block) { room throws(OpenSSLError) in
            // Safe: the output of either direction is at most one block longer than its input.
            let output = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var (bulk, last): (Int32, Int32) = (0, 0)
            let done = unsafe key.bytes.lend { key, _ in
                unsafe input.lend { input, count in
                    unsafe method != nil && output != nil
                        && EVP_CipherInit_ex2(context, method, key, iv, encrypting ? 1 : 0, nil) == 1
                        && EVP_CipherUpdate(context, output, &bulk, input, Int32(count)) == 1
                        && EVP_CipherFinal_ex(context, output.map { unsafe $0 + Int(bulk) }, &last) == 1
                }
            }
            guard done else { throw OpenSSLError(during: encrypting ? "encrypt" : "decrypt") }
            return Int(bulk) + Int(last)
        }
    }

    private static func name(_ algorithm: Algorithm, _ mode: Mode) -> String {
        switch (algorithm, mode) {
        case (.aes128, .cbc): "AES-128-CBC"
        case (.aes128, .ecb): "AES-128-ECB"
        case (.des, .cbc): "DES-CBC"
        case (.des, .ecb): "DES-ECB"
        case (.tripleDES, .cbc): "DES-EDE3-CBC"
        case (.tripleDES, .ecb): "DES-EDE3"
        case (.sm4, .cbc): "SM4-CBC"
        case (.sm4, .ecb): "SM4-ECB"
        }
    }
}
