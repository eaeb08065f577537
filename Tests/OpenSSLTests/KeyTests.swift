import OpenSSL
import Testing

@Suite("Keys and signatures (RFC 8017 §8.2, FIPS 186-4, GB/T 32918.2)")
struct KeyTests {
    static let message = Array("88.118.8/SN-1".utf8)

    @Test("a signature holds for its message, its key, its digest and its id only")
    func signatures() throws {
        let rsa = try PrivateKey.generateRSA()
        let sm2 = try PrivateKey.generateSM2()
        let edwards = try PrivateKey.generateEd25519()
        let cases: [(PrivateKey, SignatureScheme, SignatureScheme)] = [
            (rsa, .digest(.md5), .digest(.sha1)),
            (rsa, .digest(.sha1), .digest(.sha256)),
            (rsa, .digest(.sha256), .digest(.sha1)),
            (sm2, .sm2(id: SignatureScheme.sm2DefaultID), .sm2(id: Array("88.118.8/admin".utf8))),
            (sm2, .sm2(id: Array("88.118.8/admin".utf8)), .sm2(id: [])),
            (edwards, .ed25519, .digest(.sha256)),
        ]
        for (key, scheme, other) in cases {
            let publicKey = try key.publicKey()
            let signature = try key.sign(Self.message, scheme)
            #expect(publicKey.isValid(signature, of: Self.message, scheme))
            #expect(!publicKey.isValid(signature, of: Self.message + [0], scheme))
            #expect(!publicKey.isValid(signature, of: Self.message, other))
            #expect(!publicKey.isValid(Array(signature.dropLast()), of: Self.message, scheme))
            #expect(!publicKey.isValid([], of: Self.message, scheme))
        }
        #expect(throws: OpenSSLError.self) { try rsa.sign(Self.message, .ed25519) }
        #expect(throws: OpenSSLError.self) { try rsa.sign(Self.message, .digest(.sm3)) }
    }

    @Test("keys survive DER and PEM, private ones with and without a passphrase")
    func encodings() throws {
        for key in [try PrivateKey.generateRSA(), try PrivateKey.generateSM2(), try PrivateKey.generateEd25519()] {
            let publicKey = try key.publicKey()
            #expect(try PublicKey(subjectPublicKeyInfo: publicKey.subjectPublicKeyInfo()).isSame(as: publicKey))
            let again = try PublicKey(pem: publicKey.pem())
            #expect(again.isSame(as: publicKey))
            #expect(again.algorithm == key.algorithm)
            let fromDER = try PrivateKey(der: key.pkcs8())
            #expect(fromDER.algorithm == key.algorithm)
            #expect(try fromDER.publicKey().isSame(as: publicKey))
            #expect(try PrivateKey(pem: key.pem()).publicKey().isSame(as: publicKey))

            let passphrase = SecretBytes(Array("榕树pass".utf8))
            let encrypted = try key.pem(passphrase: passphrase)
            #expect(String(decoding: encrypted.exposed, as: UTF8.self).contains("BEGIN ENCRYPTED PRIVATE KEY"))
            #expect(try PrivateKey(pem: encrypted, passphrase: passphrase).publicKey().isSame(as: publicKey))
            #expect(throws: OpenSSLError.self) { try PrivateKey(pem: encrypted) }
            #expect(throws: OpenSSLError.self) {
                try PrivateKey(pem: encrypted, passphrase: SecretBytes(Array("wrong".utf8)))
            }
        }
    }

    @Test("an RSA key survives its numbers, with and without factors")
    func rsaNumbers() throws {
        let key = try PrivateKey.generateRSA()
        var numbers = try #require(key.rsaNumbers)
        #expect(try PrivateKey(numbers).publicKey().isSame(as: key.publicKey()))
        numbers.factors = nil
        let plain = try PrivateKey(numbers)
        let signature = try plain.sign(Self.message, .digest(.sha256))
        #expect(try key.publicKey().isValid(signature, of: Self.message, .digest(.sha256)))
        let publicNumbers = try #require(key.publicKey().rsaNumbers)
        #expect(try PublicKey(publicNumbers).isSame(as: key.publicKey()))
    }

    @Test("bytes that are no key are refused", arguments: [0, 1, 100])
    func noKey(count: Int) {
        let bytes = [UInt8](repeating: 0x30, count: count)
        #expect(throws: OpenSSLError.self) { try PublicKey(subjectPublicKeyInfo: bytes) }
        #expect(throws: OpenSSLError.self) { try PublicKey(pem: bytes) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(der: SecretBytes(bytes)) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: SecretBytes(bytes)) }
    }

    @Test("what is encrypted for a key comes back by it alone")
    func keyEncryption() throws {
        let secret = SecretBytes(Array(0..<36))
        for make in [{ try PrivateKey.generateRSA() }, PrivateKey.generateSM2] {
            let key = try make()
            let ciphertext = try key.publicKey().encrypt(secret)
            #expect(try key.decrypt(ciphertext).exposed == secret.exposed)
            var damaged = ciphertext
            damaged[damaged.count - 1] ^= 1
            #expect((try? key.decrypt(damaged).exposed) != secret.exposed)
            #expect((try? make().decrypt(ciphertext).exposed) != secret.exposed)
        }
        // C1 is an uncompressed point, and C2 as long as the secret.
        let sm2 = try PrivateKey.generateSM2().publicKey().encrypt(secret)
        #expect(sm2.first == 4)
        #expect(sm2.count == 65 + 32 + secret.byteCount)
    }

    @Test("both sides of an exchange know the same number, as long as the prime")
    func keyExchange() throws {
        // The second Oakley group (RFC 2409 §6.2), as 1,024-bit clients use.
        let prime =
            "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
            + "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
            + "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff"
        let p = unhex(prime)
        let one = try DiffieHellman.generate(prime: p, generator: [2])
        let two = try DiffieHellman.generate(prime: p, generator: [2])
        let shared = try one.sharedSecret(with: two.publicNumber)
        #expect(shared.byteCount == p.count)
        #expect(try two.sharedSecret(with: one.publicNumber).exposed == shared.exposed)
        for outside in [[], [0], [1], p] {
            #expect(throws: OpenSSLError.self) { try one.sharedSecret(with: outside) }
        }
        for group in [([UInt8](), [2]), (Array(p.prefix(63)), [2]), (p, [UInt8]()), (p, [1])] {
            #expect(throws: OpenSSLError.self) {
                try DiffieHellman.generate(prime: group.0, generator: group.1)
            }
        }
    }
}

@Suite("Ciphers, codes and derived keys (FIPS 197, FIPS 46-3, GB/T 32907, RFC 2104, RFC 6070)")
struct CipherTests {
    @Test("what is encrypted comes back, in blocks, with a block of padding at most")
    func roundTrip() throws {
        for algorithm in Cipher.Algorithm.allCases {
            for mode in [Cipher.Mode.cbc, .ecb] {
                let key = try Random.secret(byteCount: algorithm.keyByteCount)
                let iv = mode == .cbc ? try Random.bytes(count: algorithm.blockByteCount) : []
                for count in [0, 1, algorithm.blockByteCount - 1, algorithm.blockByteCount, 100] {
                    let plain = [UInt8](repeating: 7, count: count)
                    let cipher = try Cipher.encrypt(plain, algorithm, mode, key: key, iv: iv)
                    #expect(cipher.count == (count / algorithm.blockByteCount + 1) * algorithm.blockByteCount)
                    let back = try Cipher.decrypt(cipher, algorithm, mode, key: key, iv: iv)
                    #expect(back.exposed == plain)
                    #expect(throws: OpenSSLError.self) {
                        try Cipher.decrypt(Array(cipher.dropLast()), algorithm, mode, key: key, iv: iv)
                    }
                }
                #expect(throws: OpenSSLError.self) {
                    try Cipher.encrypt([], algorithm, mode, key: SecretBytes([1]), iv: iv)
                }
                #expect(throws: OpenSSLError.self) {
                    try Cipher.encrypt([], algorithm, mode, key: key, iv: iv + [0])
                }
            }
        }
    }

    @Test("the published SM4 block and AES block come out")
    func publishedBlocks() throws {
        let sm4 = unhex("0123456789abcdeffedcba9876543210")
        let one = try Cipher.encrypt(sm4, .sm4, .ecb, key: SecretBytes(sm4), iv: [])
        #expect(hex(one).hasPrefix("681edf34d206965e86b3e94f536e4246"))
        let plain = unhex("00112233445566778899aabbccddeeff")
        let key = SecretBytes(unhex("000102030405060708090a0b0c0d0e0f"))
        let two = try Cipher.encrypt(plain, .aes128, .ecb, key: key, iv: [])
        #expect(hex(two).hasPrefix("69c4e0d86a7b0430d8cdb78070b4c55a"))
    }

    @Test("the published HMACs and derived keys come out")
    func publishedCodes() throws {
        let jefe = SecretBytes(Array("Jefe".utf8))
        let code = MAC.hmac(.sha256, key: jefe, Array("what do ya want for nothing?".utf8))
        #expect(hex(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(hex(MAC.hmac(.md5, key: SecretBytes([]), [])) == "74e6f7298a9c2d168935f58c001bad88")
        let long = SecretBytes([UInt8](repeating: 0xAA, count: 131))
        let text = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            hex(MAC.hmac(.sha256, key: long, text))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        let password = SecretBytes(Array("password".utf8))
        let key = try PBKDF2.deriveKey(
            password: password, salt: Array("salt".utf8), iterations: 4_096, byteCount: 20, algorithm: .sha1)
        #expect(hex(key.exposed) == "4b007901b765489abead49d926f721d065a429c1")
        #expect(throws: OpenSSLError.self) {
            try PBKDF2.deriveKey(password: password, salt: [], iterations: 0, byteCount: 20, algorithm: .sha1)
        }
    }
}

@Suite("Secrets")
struct SecretBytesTests {
    @Test("a secret says nothing about its bytes")
    func silence() throws {
        let secret = SecretBytes(Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("hunter2") && !text.contains("104"))
        }
        #expect("\(try PrivateKey.generateSM2())" == "private key (SM2)")
    }

    @Test("equality in constant time is equality")
    func equality() {
        #expect([UInt8]().isEqualInConstantTime(to: []))
        #expect([1, 2].isEqualInConstantTime(to: [1, 2] as [UInt8]))
        #expect(![1, 2].isEqualInConstantTime(to: [1, 3] as [UInt8]))
        #expect(![1, 2].isEqualInConstantTime(to: [1, 2, 3] as [UInt8]))
    }

    @Test("parts are joined and cut, and arrays are emptied")
    func parts() throws {
        let joined = SecretBytes(joining: SecretBytes([1, 2]), SecretBytes([]), SecretBytes([3]))
        #expect(joined.exposed == [1, 2, 3])
        #expect(joined.prefix(2)?.exposed == [1, 2])
        #expect(joined.prefix(4) == nil)
        var bytes: [UInt8] = [1, 2, 3]
        bytes.wipe()
        #expect(bytes.isEmpty)
        #expect(try Random.bytes(count: 16) != Random.bytes(count: 16))
        #expect(try Random.bytes(count: 0).isEmpty)
    }
}

func unhex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
