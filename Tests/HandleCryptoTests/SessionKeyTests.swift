import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Sessions' keys and ciphers (RFC 3652 §3.8)")
struct SessionKeyTests {
    @Test("a recorded Diffie-Hellman exchange gives the recorded key")
    func recordedExchanges() throws {
        let vectors = try Vectors.load("session")
        var count = 0
        for vector in vectors {
            guard let privateNumber = vector.secrets["client_dh_private_hex"].hex,
                let prime = vector.secrets["dh_p_hex"].hex,
                let next = vectors.first(where: { $0.flow == vector.flow && !$0.secrets["session_key_hex"].isNull }),
                let expected = next.secrets["session_key_hex"].hex
            else { continue }
            let response = MessageCertificateTests.responses(of: vector)
            guard let message = response.first, case .sessionSetup(let answer) = try Answer(parsing: message).body
            else { continue }
            let exchange = try DiffieHellman(
                prime: prime, generator: [2], privateNumber: SecretBytes(privateNumber))
            let cipher = try SessionKeyAgreement.finishDiffieHellman(
                answer.data, exchange, version: message.envelope.version)
            #expect(cipher.key.exposed == expected, "\(vector)")
            #expect(Int64(cipher.algorithm.rawValue) == next.secrets["alg"].integer, "\(vector)")
            count += 1
        }
        #expect(count >= 8)
    }

    @Test("recorded encrypted messages open to their recorded content")
    func recordedMessages() throws {
        var count = 0
        for vector in try Vectors.load("session") {
            guard let key = vector.secrets["session_key_hex"].hex, let number = vector.secrets["alg"].integer else {
                continue
            }
            let cipher = try SessionCipher(
                SessionCipher.Algorithm(rawValue: UInt32(number)), key: SecretBytes(key))
            for (bytes, name) in [
                (vector.request, "request_plaintext_hex"), (vector.response, "response_plaintext_hex"),
            ] {
                guard let plain = vector.secrets[name].hex, let sealed = try? SealedMessage(parsing: bytes.rawSpan)
                else { continue }
                let version = sealed.envelope.version
                let content = try cipher.decrypt(sealed.ciphertext, version: version)
                #expect(content == plain, "\(vector)")
                #expect(try cipher.decrypt(cipher.encrypt(content, version: version), version: version) == content)
                count += 1
            }
        }
        #expect(count > 20)
    }

    @Test("client and server agree, in every version")
    func agreement() throws {
        let vector = try #require(Vectors.load("session").first)
        let prime = try #require(vector.secrets["dh_p_hex"].hex)
        for minor in [1, 3, 4, 11] as [UInt8] {
            let version = ProtocolVersion(2, minor)
            for algorithm in [SessionCipher.Algorithm.des, .tripleDES, .aes, .sm4] {
                let (record, exchange) = try SessionKeyAgreement.offerDiffieHellman(prime: prime, generator: [2])
                let (data, server) = try SessionKeyAgreement.answer(
                    toDiffieHellman: record, algorithm: algorithm, version: version)
                let client = try SessionKeyAgreement.finishDiffieHellman(data, exchange, version: version)
                #expect(client.algorithm == server.algorithm)
                #expect(client.algorithm == (minor < 4 ? .des : algorithm))
                #expect(client.key.exposed == server.key.exposed)
                let content = Array("header, body, credential".utf8)
                #expect(try client.decrypt(server.encrypt(content, version: version), version: version) == content)
            }
        }
    }

    @Test("a key that was encrypted for an RSA or an SM2 key arrives")
    func encryptedKeys() throws {
        for key in [try PrivateKey.generateRSA(), try PrivateKey.generateSM2()] {
            for algorithm in [SessionCipher.Algorithm.aes, .sm4, .tripleDES] {
                let (encrypted, mine) = try SessionKeyAgreement.makeKey(
                    algorithm, for: key.publicKey(), version: .current)
                let theirs = try SessionKeyAgreement.openKey(encrypted, with: key, version: .current)
                #expect(theirs.algorithm == algorithm)
                #expect(theirs.key.exposed == mine.key.exposed)
            }
            // Nobody learns whether a ciphertext had opened: there is a key, but not his.
            let (encrypted, mine) = try SessionKeyAgreement.makeKey(.aes, for: key.publicKey(), version: .current)
            for wrong in [Array(encrypted.reversed()), [], [UInt8](repeating: 1, count: 256)] {
                let other = try SessionKeyAgreement.openKey(wrong, with: key, version: .current)
                #expect(other.key.exposed != mine.key.exposed)
            }
        }
        let key = try PrivateKey.generateRSA()
        let old = ProtocolVersion(2, 1)
        let (encrypted, mine) = try SessionKeyAgreement.makeKey(.des, for: key.publicKey(), version: old)
        #expect(try SessionKeyAgreement.openKey(encrypted, with: key, version: old).key.exposed == mine.key.exposed)
        #expect(throws: CryptoError.unknownAlgorithm) {
            try SessionKeyAgreement.makeKey(.aes, for: key.publicKey(), version: old)
        }
    }

    @Test("bytes that are no exchange and no ciphertext are refused")
    func malformed() throws {
        #expect(throws: CryptoError.malformedExchange) {
            try SessionKeyAgreement.answer(toDiffieHellman: [1, 2, 3], version: .current)
        }
        let tiny = PublicKeyRecord(.diffieHellman(y: [2], p: [23], g: [5])).bytes
        #expect(throws: CryptoError.self) {
            try SessionKeyAgreement.answer(toDiffieHellman: tiny, version: .current)
        }
        let cipher = try SessionCipher(.aes, key: SecretBytes(Array(0..<32)))
        for count in [0, 15, 16, 17, 31, 33] {
            #expect(throws: CryptoError.undecipherable) {
                try cipher.decrypt([UInt8](repeating: 0, count: count), version: .current)
            }
        }
        #expect(throws: CryptoError.malformedExchange) { try SessionCipher(.aes, key: SecretBytes([1])) }
        #expect(throws: CryptoError.unknownAlgorithm) {
            try SessionCipher(SessionCipher.Algorithm(rawValue: 9), key: SecretBytes(Array(0..<32)))
        }
        #expect("\(cipher)" == "session cipher")
    }
}
