import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("What Chinese clients sign and encrypt")
struct ChineseClientTests {
    /// The challenge that a recorded answer answers stands in the recording before it.
    @Test(
        "a recorded login proves its key",
        arguments: [
            ("idis-pointer-sdk", "pointer-admin-login", "pointer-admin-challenge-answer", "key-rsa"),
            ("idis-pointer-sdk", "pointer-sm2ec-login", "pointer-sm2ec-challenge-answer", "key-sm2"),
            ("idis-pointer-sdk", "pointer-mgr-login", "pointer-mgr-challenge-answer", "key-rsa"),
            ("idis-caict-sdk", "iot-iot-login", "iot-iot-challenge-answer", "key-rsa"),
            ("idis-python-client", "py-auth-create", "py-auth-challenge-answer", "key-rsa"),
        ])
    func logins(file: String, login: String, answer: String, key: String) throws {
        let asked = try Vectors.load(file, name: login)
        let pem = try #require(Vectors.load(file, name: key).fields["pem"].string)
        let reply = try #require(asked.fields["reply_hex"].hex)
        let challenged = try Message(parsing: reply.rawSpan)
        let content = try Answer(parsing: challenged)
        guard case .challenge(let challenge) = content.body else {
            Issue.record("no challenge")
            return
        }
        let digest = try #require(content.digest)
        #expect(digest.matches(try Message(parsing: asked.request.rawSpan).signedBytes()))
        let message = try Message(parsing: Vectors.load(file, name: answer).request.rawSpan)
        guard case .challengeAnswer(let given) = try RequestBody(parsing: message) else {
            Issue.record("no answer")
            return
        }
        let proof = ChallengeProof(nonce: challenge.nonce, requestDigest: digest.bytes)
        let publicKey = try PublicKey.parse(value: Array(pem.utf8))
        #expect(proof.isProven(by: given.answer, key: publicKey, keyHandle: given.key.handle))
        let other = ChallengeProof(nonce: Array(challenge.nonce.reversed()), requestDigest: digest.bytes)
        #expect(!other.isProven(by: given.answer, key: publicKey, keyHandle: given.key.handle))
    }

    @Test("recorded encrypted messages open, with AES and with SM4")
    func encrypted() throws {
        let key = SecretBytes(Array(0..<16))
        var count = 0
        for vector in try Vectors.load("idis-pointer-sdk") {
            guard let plain = vector.fields["plain_hex"].hex else { continue }
            let sealed = try SealedMessage(parsing: vector.request.rawSpan)
            let cipher = try SessionCipher(vector.name.contains("sm4") ? .sm4 : .aes, key: key)
            let content = try cipher.decrypt(sealed.ciphertext, version: sealed.envelope.version)
            #expect(content == plain || Array(plain.dropFirst(Envelope.byteCount)) == content, "\(vector)")
            if vector.name.contains("sm4") {
                #expect(try cipher.encrypt(content, version: sealed.envelope.version) == sealed.ciphertext)
            }
            count += 1
        }
        #expect(count >= 6)
    }
}
