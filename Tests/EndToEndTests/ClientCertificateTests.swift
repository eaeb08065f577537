import BanyanTestSupport
import HandleProtocol
import OpenSSL
import Testing

@Suite("Client certificates at the Handle REST API")
struct ClientCertificateTests {
    /// A node over HTTPS that asks for certificates, and its administrator's key.
    private struct Prepared {
        let node: TestNode
        let folder: TemporaryFolder
        let key: PrivateKey

        init(_ settings: String...) throws {
            let made = try MadeNode()
            folder = try TemporaryFolder()
            key = try PrivateKey(pem: SecretBytes(made.folder.read("data/keys/admin-300-0.NA-88.118.8.pem")))
            node = try TestNode(
                directory: made.directory, in: made.folder,
                ["--https", "127.0.0.1:0"] + settings.flatMap { ["--set", $0] })
        }

        /// The status of a PUT by who shows a certificate with that subject and key.
        func put(_ subject: String, _ key: PrivateKey, as header: String = "Handle clientCert=\"true\"") throws -> Int {
            try folder.write(key.pem().exposed, to: "key.pem")
            let child = try TestChild(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-new", "-key", folder.path + "/key.pem", "-subj", subject, "-days", "2", "-out",
                    folder.path + "/certificate.pem",
                ], output: folder.path + "/output", error: folder.path + "/error")
            guard child.wait() == 0 else { throw TestFailure("openssl req failed") }
            let certificate = try Certificate(pem: folder.read("certificate.pem"))
            let identity = try TLSIdentity(chain: [certificate], key: key)
            let socket = try TestSecureSocket(to: try #require(node.httpsPort), trusting: .anyKey, as: identity)
            let body = #"{"values":[{"index":1,"type":"URL","data":"https://example.cn/1"}]}"#
            let request = """
                PUT /api/handles/88.118.8/C-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Authorization: \(header)\r\nContent-Type: application/json\r\n\
                Content-Length: \(body.utf8.count)\r\n\r\n\(body)
                """
            try socket.send(Array(request.utf8))
            let head = String(decoding: try socket.read(count: 12), as: UTF8.self)
            return try #require(Int(head.suffix(3)))
        }
    }

    @Test("the handle is the subject's UID, else its CN, else its O; its public key must be the certificate's")
    func subjects() throws {
        let prepared = try Prepared("https.clients=optional")
        #expect(try prepared.put("/UID=300:0.NA\\/88.118.8/CN=somebody", prepared.key) == 201)
        #expect(try prepared.put("/CN=300:0.NA\\/88.118.8", prepared.key) == 200)
        #expect(try prepared.put("/O=300:0.NA\\/88.118.8", prepared.key) == 200)
        // Another's key under the same name, and a name that has no key.
        #expect(try prepared.put("/CN=300:0.NA\\/88.118.8", PrivateKey.generateEC()) == 401)
        #expect(try prepared.put("/CN=300:88.118.8\\/NONE", prepared.key) == 401)
        // A certificate alone says nothing: it counts where it is asked for.
        #expect(try prepared.put("/CN=300:0.NA\\/88.118.8", prepared.key, as: "Handle clientCert=\"false\"") == 401)
    }

    @Test("a listener that asks for no certificates takes none")
    func off() throws {
        let prepared = try Prepared("https.clients=none")
        #expect(try prepared.put("/CN=300:0.NA\\/88.118.8", prepared.key) == 401)
    }
}
