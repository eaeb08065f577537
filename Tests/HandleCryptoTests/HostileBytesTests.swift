import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

/// Whatever bytes come: an error or a refusal, never a trap, and never a proof.
@Suite("Bytes that nobody sane sends")
struct HostileBytesTests {
    /// `bytes` with one place changed, cut or grown.
    private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var result = bytes
        switch Int.random(in: 0..<4, using: &random) {
        case 0: result.removeLast(Int.random(in: 1...result.count, using: &random))
        case 1: result += random.bytes(1...40)
        case 2:
            // Lengths are where readers go wrong.
            let place = Int.random(in: 0..<max(1, min(32, result.count - 4)), using: &random)
            result.replaceSubrange(place..<min(place + 4, result.count), with: random.bytes(4...4))
        default:
            for _ in 0..<3 {
                result[Int.random(in: result.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
        }
        return result
    }

    @Test("damaged keys and key files are read or refused")
    func keys() throws {
        var random = SeededGenerator(seed: 7)
        let message = Array("message".utf8)
        for vector in try Vectors.load("encodings") where vector.name.hasPrefix("key-") {
            for field in ["hs_pubkey_hex", "privfile_hex", "spki_der_hex", "pkcs8_der_hex"] {
                let whole = try #require(vector.fields[field].hex)
                for _ in 0..<60 {
                    let bytes = damaged(whole, &random)
                    if let key = try? PublicKey.parse(value: bytes) {
                        #expect(!key.isValid(random.bytes(0...300), of: message, .digest(.sha1)))
                        _ = try? PublicKeyRecord(key)
                    }
                    _ = try? PublicKey(subjectPublicKeyInfo: bytes)
                    if let key = try? KeyFile.read(bytes) { _ = try? key.sign(message, .digest(.sha256)) }
                }
            }
        }
    }

    @Test("damaged answers to challenges prove nothing")
    func answers() throws {
        var random = SeededGenerator(seed: 8)
        let proof = ChallengeProof(nonce: Array(0..<16), requestDigest: Array(0..<32))
        let secret = SecretBytes(Array("secret".utf8))
        let key = try PrivateKey.generateSM2()
        let publicKey = try key.publicKey()
        let bySecret = try proof.answer(secret: secret, version: .current)
        let byKey = try proof.answer(key: key, keyHandle: [1], version: .current)
        for _ in 0..<100 {
            let wrong = damaged(bySecret, &random)
            #expect(((try? proof.isProven(by: wrong, secret: secret)) ?? false) == false || wrong == bySecret)
            let forged = damaged(byKey, &random)
            // What is appended behind name and signature is nobody's.
            #expect(!proof.isProven(by: forged, key: publicKey, keyHandle: [1]) || forged.starts(with: byKey))
        }
    }

    @Test("damaged halves of exchanges and encrypted messages are refused")
    func exchanges() throws {
        var random = SeededGenerator(seed: 9)
        let vector = try #require(Vectors.load("session").first)
        guard case .sessionSetup(let setup) = try RequestBody(parsing: Message(parsing: vector.request.rawSpan)),
            case .publicKey(let record) = setup.key
        else { throw WireError(.malformed, field: "session setup", offset: 0) }
        for _ in 0..<40 {
            _ = try? SessionKeyAgreement.answer(toDiffieHellman: damaged(record, &random), version: .current)
        }
        let cipher = try SessionCipher(.aes, key: SecretBytes(Array(0..<32)))
        let sealed = try cipher.encrypt(Array(0..<100), version: .current)
        for _ in 0..<200 { _ = try? cipher.decrypt(damaged(sealed, &random), version: .current) }
        let key = try PrivateKey.generateSM2()
        let (encrypted, _) = try SessionKeyAgreement.makeKey(.sm4, for: key.publicKey(), version: .current)
        for _ in 0..<100 {
            _ = try SessionKeyAgreement.openKey(damaged(encrypted, &random), with: key, version: .current)
        }
    }
}
