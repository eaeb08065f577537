import OpenSSL
import Testing

@Suite("Certificates (RFC 5280)")
struct CertificateTests {
    static let start: Int64 = 1_750_000_000

    static func make(_ key: PrivateKey, names: [String] = ["node.example.cn", "192.0.2.7", "2001:db8::1"]) throws
        -> Certificate
    {
        try Certificate.makeSelfSigned(key: key, names: names, start: start, dayCount: 30)
    }

    @Test("one that we make says its names, its days and its key, and survives PEM")
    func selfSigned() throws {
        for key in [try PrivateKey.generateEC(), try PrivateKey.generateRSA(), try PrivateKey.generateEd25519()] {
            let certificate = try Self.make(key)
            let again = try Certificate(pem: certificate.pem())
            #expect(again == certificate)
            #expect(again.subject == "CN=node.example.cn")
            #expect(again.subjectAttribute("CN") == "node.example.cn")
            #expect(again.subjectAttribute("O") == nil)
            #expect(again.subjectAttribute("no such attribute") == nil)
            #expect(again.notBefore == Self.start)
            #expect(again.notAfter == Self.start + 30 * 86_400)
            #expect(try again.publicKey().isSame(as: key.publicKey()))
            #expect(again.belongs(to: key))
            let digest = Digest.hash(try key.publicKey().subjectPublicKeyInfo(), .sha256)
            #expect(try again.publicKeyDigest() == digest)
        }
    }

    @Test("it is for its own names and addresses, and no others")
    func names() throws {
        let certificate = try Self.make(
            try .generateEC(), names: ["node.example.cn", "*.id.example.cn", "192.0.2.7", "::1"])
        for name in ["node.example.cn", "NODE.example.cn", "a.id.example.cn", "192.0.2.7", "::1"] {
            #expect(certificate.isFor(name), "\(name)")
        }
        for name in ["example.cn", "a.node.example.cn", "a.b.id.example.cn", "192.0.2.8", "::2", ""] {
            #expect(!certificate.isFor(name), "\(name)")
        }
    }

    @Test("no two have the same number, and names that are none are refused")
    func refusals() throws {
        let key = try PrivateKey.generateEC()
        #expect(try Self.make(key) != Self.make(key))
        for names in [[], [""], ["a b"], ["a,DNS:b"], ["email:a"], [String(repeating: "a", count: 254)]] {
            #expect(throws: OpenSSLError.self, "\(names)") { try Self.make(key, names: names) }
        }
        #expect(throws: OpenSSLError.self) {
            try Certificate.makeSelfSigned(key: key, names: ["a"], start: 0, dayCount: 0)
        }
        #expect(!(try Self.make(key)).belongs(to: try .generateEC()))
    }

    @Test("a file's certificates come in its order; a broken one, or none, is refused")
    func files() throws {
        let key = try PrivateKey.generateEC()
        let one = try Self.make(key)
        let two = try Self.make(key)
        let text = try one.pem() + Array("between\n".utf8) + key.pem().exposed + two.pem()
        #expect(try Certificate.all(pem: text) == [one, two])
        for bad in [[], Array("nothing".utf8), Array(text.dropLast(40)), try key.pem().exposed] {
            #expect(throws: OpenSSLError.self) { try Certificate.all(pem: bad) }
        }
        var broken = try two.pem()
        broken[30] ^= 1
        #expect(throws: OpenSSLError.self) { try Certificate.all(pem: one.pem() + broken) }
    }

    @Test("an identity needs the key of its first certificate")
    func identity() throws {
        let key = try PrivateKey.generateEC()
        let own = try Self.make(key)
        let other = try Self.make(try .generateEC())
        #expect(try TLSIdentity(certificates: own.pem() + other.pem(), key: key.pem()).certificate == own)
        #expect(throws: OpenSSLError.self) { try TLSIdentity(certificates: other.pem() + own.pem(), key: key.pem()) }
        #expect(throws: OpenSSLError.self) { try TLSIdentity(chain: [], key: key) }
        let locked = try key.pem(passphrase: SecretBytes(Array("secret".utf8)))
        #expect(throws: OpenSSLError.self) { try TLSIdentity(certificates: own.pem(), key: locked) }
        #expect(throws: Never.self) {
            try TLSIdentity(certificates: own.pem(), key: locked, passphrase: SecretBytes(Array("secret".utf8)))
        }
    }
}
