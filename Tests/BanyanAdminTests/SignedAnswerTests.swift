import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Signed answers (RFC 3652 §2.2.4)")
struct SignedAnswerTests {
    @Test("every signed answer that was recorded is given, and the signature is ours")
    func recordings() throws {
        let node = try ServiceOverDataset.get()
        var versions: Set<ProtocolVersion> = []
        for file in ["resolve", "versions", "site-info", "referral"] {
            for vector in try Vectors.load(file) where !vector.response.isEmpty {
                let recorded = try Message(recorded: vector)
                guard try recorded.credential.parsed() != nil else { continue }
                let answer = try #require(
                    try node.answer(vector.request, over: vector.transport == "tcp" ? .stream : .datagram))
                #expect(answer.comparable == recorded.comparable, "\(vector)")
                let credential = try #require(try answer.credential.parsed())
                #expect(MessageCertificate.isSigned(answer, credential, by: node.publicKey), "\(vector)")
                versions.insert(answer.envelope.version)
            }
        }
        #expect(versions.count >= 10)
    }

    @Test("what needs no signature is answered as the resolver answers it")
    func unsigned() throws {
        let node = try ServiceOverDataset.get()
        for vector in try Vectors.load("site-info") {
            let recorded = try Message(recorded: vector)
            guard try recorded.credential.parsed() == nil else { continue }
            let answer = try #require(try node.answer(vector.request))
            #expect(answer.comparable == recorded.comparable, "\(vector)")
        }
    }

    @Test("a node with an SM2 key signs with it, by SM3")
    func sm2() throws {
        let node = try ServiceOverDataset(key: PrivateKey.generateSM2())
        let request = try Vectors.load("resolve", name: "flag-rrdg-cert").request
        let answer = try #require(try node.answer(request))
        let credential = try #require(try answer.credential.parsed())
        #expect(credential.digestName == Array("SM3".utf8))
        #expect(MessageCertificate.isSigned(answer, credential, by: node.publicKey))
    }

    @Test("a datagram that comes again within the moment gets the same bytes; a stream and another address do not")
    func retransmission() throws {
        let node = try ServiceOverDataset.get()
        let request = try Vectors.load("resolve", name: "status-handle").request
        var peer = ServiceOverDataset.peer
        peer.port = 40_001
        let first = try #require(try node.answer(request, over: .datagram, from: peer))
        #expect(first.header.responseCode == .authenticationNeeded)
        #expect(try node.answer(request, over: .datagram, from: peer) == first)
        var other = peer
        other.port += 1
        #expect(try node.answer(request, over: .datagram, from: other) != first)
        #expect(try node.answer(request, over: .stream) != node.answer(request, over: .stream))
    }

    @Test("the service says whether its key is the one that the site record tells clients")
    func keyOfSite() throws {
        let key = try PrivateKey.generateRSA()
        let record = try PublicKeyRecord(key.publicKey()).bytes
        let node = try ServiceOverDataset(key: key) { site in site.servers[0].publicKey = record }
        #expect(node.service.hasKeyOfSite)
        #expect(try !ServiceOverDataset.get().service.hasKeyOfSite)
    }
}
