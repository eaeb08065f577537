import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Answers to challenges (RFC 3652 §3.5.2)")
struct ChallengeProofTests {
    @Test("every code of secret keys is computed as the reference does")
    func codes() throws {
        let vectors = try Vectors.load("encodings").filter { $0.name.hasPrefix("mac-") }
        #expect(vectors.count >= 15)
        for vector in vectors {
            let secret = SecretBytes(try #require(vector.fields["key_hex"].hex))
            let proof = ChallengeProof(nonce: try #require(vector.fields["data_hex"].hex), requestDigest: [])
            let answer: [UInt8]
            if let mac = vector.fields["mac_hex"].hex {
                let code = try #require(UInt8(vector.name.dropFirst(4), radix: 16))
                answer = (code == 0 ? [] : [code]) + mac
            } else {
                answer = [0x22] + (try #require(vector.fields["out_hex"].hex))
            }
            #expect(try proof.isProven(by: answer, secret: secret), "\(vector)")
            var damaged = answer
            damaged[damaged.count - 1] ^= 1
            #expect(try !proof.isProven(by: damaged, secret: secret), "\(vector)")
            #expect(try !proof.isProven(by: answer, secret: SecretBytes([1])), "\(vector)")
        }
    }

    @Test(
        "every answer that was recorded proves its key to whoever sent the challenge",
        arguments: ["admin", "list", "naming-authority"])
    func recordedAnswers(file: String) throws {
        var count = 0
        for vector in try Vectors.load(file) {
            guard let nonce = vector.secrets["nonce_hex"].hex, let digest = vector.secrets["requestDigest_hex"].hex
            else { continue }
            let message = try Message(parsing: vector.request.rawSpan)
            guard case .challengeAnswer(let answer) = try RequestBody(parsing: message) else { continue }
            let proof = ChallengeProof(nonce: nonce, requestDigest: digest)
            count += 1
            if let secret = vector.secrets["key_hex"].hex {
                // The secret is the client's, right or wrong: what it made of it is what we make of it.
                let isProven = try proof.isProven(by: answer.answer, secret: SecretBytes(secret))
                #expect(isProven == !answer.answer.isEmpty, "\(vector)")
            } else if let encoding = vector.secrets["privateKey_encoding_hex"].hex {
                let key = try PrivateKeyRecord(parsing: encoding.rawSpan).privateKey().publicKey()
                let isProven = proof.isProven(by: answer.answer, key: key, keyHandle: answer.key.handle)
                #expect(isProven == !vector.name.hasPrefix("auth-bad-signature"), "\(vector)")
            }
        }
        #expect(count > 5)
    }

    @Test("verification of challenges gives the recorded verdicts")
    func verification() throws {
        let secret = SecretBytes(Array("banyan-admin-secret".utf8))
        // Of the vector left out, the key is not there.
        for vector in try Vectors.load("verify-challenge") where vector.name != "verify-missing-index" {
            let request = try Message(parsing: vector.request.rawSpan)
            let response = try Message(parsing: vector.response.rawSpan)
            guard case .verifyChallenge(let question) = try RequestBody(parsing: request),
                case .verified(let verdict) = try Answer(parsing: response).body
            else { continue }
            let proof = ChallengeProof(nonce: question.nonce, requestDigest: question.digest.bytes)
            let isProven = try proof.isProven(by: question.answer, secret: secret)
            #expect(isProven == verdict.isValid, "\(vector)")
        }
    }

    @Test("answers that we make prove the key, in the form of their version")
    func ownAnswers() throws {
        let proof = ChallengeProof(nonce: Array(0..<16), requestDigest: Array(0..<32))
        let secret = SecretBytes(Array("密码".utf8))
        let forms: [(ProtocolVersion, UInt8?, Int)] = [
            (ProtocolVersion(2, 0), nil, 16), (ProtocolVersion(2, 1), 2, 21), (ProtocolVersion(2, 6), 2, 21),
            (ProtocolVersion(2, 7), 0x22, 53), (.current, 0x22, 53),
        ]
        for (version, code, count) in forms {
            let answer = try proof.answer(secret: secret, version: version)
            #expect(answer.count == count)
            if let code { #expect(answer.first == code) }
            #expect(try proof.isProven(by: answer, secret: secret))
        }
        let rsa = try PrivateKey.generateRSA()
        let sm2 = try PrivateKey.generateSM2()
        let handle = Array("88.118.8/admin".utf8)
        for key in [rsa, sm2] {
            for version in [ProtocolVersion(2, 3), .current] {
                let answer = try proof.answer(key: key, keyHandle: handle, version: version)
                let publicKey = try key.publicKey()
                #expect(proof.isProven(by: answer, key: publicKey, keyHandle: handle))
                let other = ChallengeProof(nonce: proof.nonce, requestDigest: [])
                #expect(!other.isProven(by: answer, key: publicKey, keyHandle: handle))
                #expect(!proof.isProven(by: Array(answer.dropLast()), key: publicKey, keyHandle: handle))
            }
        }
        let answer = try proof.answer(key: sm2, keyHandle: handle, version: .current)
        #expect(try !proof.isProven(by: answer, key: sm2.publicKey(), keyHandle: Array("88.118.8/other".utf8)))
    }

    @Test("a derivation that would cost too much is not computed")
    func bounds() throws {
        let proof = ChallengeProof(nonce: [1], requestDigest: [2])
        for (salt, iterations, bits) in [
            (16, 100_001, 160), (16, 0, 160), (16, 10_000, 520), (16, 10_000, 4), (16, 10_000, 161), (257, 1, 160),
        ] as [(Int, UInt32, UInt32)] {
            var writer = ByteWriter()
            writer.write(0x22 as UInt8)
            writer.write([UInt8](repeating: 0, count: salt))
            writer.write(iterations)
            writer.write(bits)
            writer.write([UInt8](repeating: 0, count: 20))
            #expect(throws: CryptoError.tooExpensive) {
                try proof.isProven(by: writer.bytes, secret: SecretBytes([1]))
            }
        }
        #expect(try !proof.isProven(by: [], secret: SecretBytes([1])))
        #expect(try !proof.isProven(by: [9, 9], secret: SecretBytes([1])))
        #expect(throws: CryptoError.malformedExchange) { try proof.isProven(by: [0x22], secret: SecretBytes([1])) }
    }
}
