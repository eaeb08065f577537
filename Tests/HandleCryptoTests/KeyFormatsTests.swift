import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Keys in values and files (RFC 3651 §3.2.3)")
struct KeyFormatsTests {
    static func vectors(_ start: String) throws -> [Vector] {
        try Vectors.load("encodings").filter { $0.name.hasPrefix(start) }
    }

    @Test("a public key value and a SubjectPublicKeyInfo are the same key, and each is written from the other")
    func publicKeys() throws {
        let vectors = try Self.vectors("key-")
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let value = try #require(vector.fields["hs_pubkey_hex"].hex)
            let der = try #require(vector.fields["spki_der_hex"].hex)
            let key = try PublicKey.parse(value: value)
            #expect(try key.subjectPublicKeyInfo() == der, "\(vector)")
            #expect(try PublicKeyRecord(PublicKey(subjectPublicKeyInfo: der)).bytes == value, "\(vector)")
            let pem = try key.pem()
            #expect(try PublicKey.parse(value: pem).isSame(as: key))
        }
    }

    @Test("a plain key file and PKCS #8 are the same key, and each is written from the other")
    func privateKeys() throws {
        for vector in try Self.vectors("key-") {
            let file = try #require(vector.fields["privfile_hex"].hex)
            let der = try #require(vector.fields["pkcs8_der_hex"].hex)
            let spki = try #require(vector.fields["spki_der_hex"].hex)
            let key = try KeyFile.read(file)
            #expect(try key.publicKey().subjectPublicKeyInfo() == spki, "\(vector)")
            #expect(try key.pkcs8().exposed == der, "\(vector)")
            let fromDER = try KeyFile.read(der)
            #expect(try KeyFile.write(fromDER).exposed == file, "\(vector)")
            let pem = PEM.encode(label: "PRIVATE KEY", der)
            #expect(try KeyFile.write(KeyFile.read(pem)).exposed == file, "\(vector)")
        }
    }

    @Test("every scheme of encrypted key files opens with its passphrase, and with no other")
    func encryptedFiles() throws {
        let vectors = try Self.vectors("keyfile-")
        #expect(vectors.count >= 15)
        for vector in vectors {
            let file = try #require(vector.fields["file_hex"].hex)
            let passphrase = SecretBytes(Array(try #require(vector.fields["passphrase"].string).utf8))
            let name = "key-" + (vector.name.split(separator: "-").dropFirst().first ?? "")
            let plain = try #require(Vectors.load("encodings", name: name).fields["privfile_hex"].hex)
            let key = try KeyFile.read(file, passphrase: passphrase)
            #expect(try KeyFile.write(key).exposed == plain, "\(vector)")
            #expect(throws: CryptoError.wrongPassphrase, "\(vector)") {
                try KeyFile.read(file, passphrase: SecretBytes(Array("wrong".utf8)))
            }
            #expect(throws: CryptoError.passphraseNeeded, "\(vector)") { try KeyFile.read(file) }
        }
    }

    @Test("what we write with a passphrase opens with it")
    func writtenFiles() throws {
        let key = try PrivateKey.generateRSA()
        let passphrase = SecretBytes(Array("榕树".utf8))
        let file = try KeyFile.write(key, passphrase: passphrase).exposed
        #expect(try KeyFile.read(file, passphrase: passphrase).publicKey().isSame(as: key.publicKey()))
        let pem = try key.pem(passphrase: passphrase).exposed
        #expect(try KeyFile.read(pem, passphrase: passphrase).publicKey().isSame(as: key.publicKey()))
        #expect(throws: CryptoError.passphraseNeeded) { try KeyFile.read(pem) }
        #expect(throws: CryptoError.wrongPassphrase) { try KeyFile.read(pem, passphrase: SecretBytes([1, 2, 3, 4])) }
        let plain = try key.pem().exposed
        #expect(try KeyFile.read(plain).publicKey().isSame(as: key.publicKey()))
    }

    @Test("SM2 keys stand in key files as PKCS #8 only, and in values as PEM, tagged or not")
    func sm2Keys() throws {
        let key = try PrivateKey.generateSM2()
        let publicKey = try key.publicKey()
        #expect(throws: CryptoError.unsupportedKey) { try KeyFile.write(key) }
        let record = try PublicKeyRecord(publicKey)
        #expect(try PublicKey.parse(value: record.bytes).isSame(as: publicKey))
        for bytes in [try publicKey.pem(), try publicKey.subjectPublicKeyInfo()] {
            #expect(try PublicKey.parse(value: PublicKeyRecord(.sm2(bytes)).bytes).isSame(as: publicKey))
        }
    }

    @Test("a key of modulus and private exponent alone is completed")
    func bareRSA() throws {
        let key = try PrivateKey.generateRSA()
        let numbers = try #require(key.rsaNumbers)
        let record = PrivateKeyRecord(
            .rsa(modulus: [0] + numbers.modulus, exponent: numbers.privateExponent.exposed))
        #expect(try record.privateKey().publicKey().isSame(as: key.publicKey()))
    }

    @Test("bytes that are no key are refused, cut off anywhere")
    func malformed() throws {
        let vector = try Vectors.load("encodings", name: "key-rsa")
        let file = try #require(vector.fields["privfile_hex"].hex)
        let value = try #require(vector.fields["hs_pubkey_hex"].hex)
        for count in stride(from: 0, to: file.count - 1, by: 7) {
            #expect(throws: CryptoError.self) { try KeyFile.read(Array(file.prefix(count))) }
        }
        // The reference writes four surplus bytes behind the key, which nobody needs.
        for count in stride(from: 0, to: value.count - 4, by: 7) {
            #expect(throws: CryptoError.self) { try PublicKey.parse(value: Array(value.prefix(count))) }
        }
        #expect(throws: CryptoError.unsupportedKey) {
            try PublicKeyRecord(.diffieHellman(y: [2], p: [23], g: [5])).publicKey()
        }
    }
}
