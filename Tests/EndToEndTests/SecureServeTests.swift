import BanyanTestSupport
import HandleProtocol
import OpenSSL
import Testing

@Suite("The Handle protocol inside TLS, from outside (RFC 8446)")
struct SecureServeTests {
    /// A node that speaks TLS on loopback, with the certificate that `init` has made.
    struct Prepared {
        let made: MadeNode
        let node: TestNode
        let certificate: Certificate
        let port: UInt16

        init(_ arguments: String...) throws {
            made = try MadeNode()
            certificate = try Certificate(pem: made.folder.read("data/keys/tls-certificate.pem"))
            node = try TestNode(
                directory: made.directory, in: made.folder, ["--tls", "127.0.0.1:0"] + arguments)
            port = try #require(node.tlsPort)
        }

        var pin: String {
            get throws { String(decoding: Hex.encode(try certificate.publicKeyDigest()), as: UTF8.self) }
        }
        var certificatePath: String { made.directory + "/keys/tls-certificate.pem" }

        func ask(_ verb: String, _ arguments: String...) throws -> TestProgram.Result {
            try TestProgram.run([verb] + arguments + ["--server", "127.0.0.1:\(port)", "--tls"])
        }

        func connect() throws -> TestSecureSocket {
            try TestSecureSocket(to: port, trusting: .keys([certificate.publicKeyDigest()]))
        }
    }

    @Test("init makes a certificate for the node's addresses and says how clients know it")
    func made() throws {
        let folder = try TemporaryFolder()
        let result = try TestProgram.run([
            "init", "--data", folder.path + "/data", "--prefix", "88.118.8", "--advertise", "192.0.2.7:2641",
        ])
        let certificate = try Certificate(pem: folder.read("data/keys/tls-certificate.pem"))
        #expect(["192.0.2.7", "127.0.0.1", "::1", "localhost"].allSatisfy(certificate.isFor))
        let key = try PrivateKey(pem: SecretBytes(folder.read("data/keys/tls-key.pem")))
        #expect(certificate.belongs(to: key))
        let digest = String(decoding: Hex.encode(try certificate.publicKeyDigest()), as: UTF8.self)
        #expect(result.error.contains("--tls-pin " + digest))
        #expect(try folder.mode(of: "data/keys/tls-key.pem") == 0o600)
        #expect(try folder.mode(of: "data/keys/tls-certificate.pem") == 0o600)
    }

    @Test("TLS is off unless asked for; the ready file says where it is")
    func readyFile() throws {
        #expect(try MadeNode().serve().tlsPort == nil)
        let prepared = try Prepared()
        let ready = try #require(JSONTree(parsing: Array(prepared.node.readyFile.utf8)[...]))
        #expect(ready["tls"][0].string == "127.0.0.1:\(prepared.port)")
        #expect(prepared.port != prepared.node.tcpPort)
    }

    @Test("resolve asks inside TLS by file, by pin, and not at all where the server is not believed")
    func resolve() throws {
        let prepared = try Prepared()
        for trust in [["--tls-ca", prepared.certificatePath], ["--tls-pin", try prepared.pin]] {
            let result = try prepared.ask("resolve", "88.118.8", trust[0], trust[1])
            #expect(result.status == 0, "\(result.error)")
            #expect(result.output.contains("TCP 127.0.0.1:\(prepared.port)"))
        }
        let stranger = try prepared.ask("resolve", "88.118.8")
        #expect(stranger.status == 1)
        #expect(stranger.error.contains("is not believed"))
        let wrongName = try prepared.ask(
            "resolve", "88.118.8", "--tls-ca", prepared.certificatePath, "--tls-name", "node.example.cn")
        #expect(wrongName.status == 1)
        #expect(wrongName.error.contains("hostname mismatch"))
        // The clear port, and arguments that say two things.
        let clear = try TestProgram.run([
            "resolve", "88.118.8", "--server", "127.0.0.1:\(prepared.node.tcpPort)", "--tls", "--tls-pin", prepared.pin,
        ])
        #expect(clear.status == 4)
        #expect(try prepared.ask("resolve", "88.118.8", "--udp").status == 2)
        #expect(try prepared.ask("resolve", "88.118.8", "--tls-pin", "00").status == 2)
        #expect(try prepared.ask("resolve", "88.118.8", "--tls-ca", "/none.pem").status == 2)
    }

    @Test("the verbs of administration register inside TLS")
    func administration() throws {
        let prepared = try Prepared()
        let key = prepared.made.directory + "/keys/admin-300-0.NA-88.118.8.pem"
        let created = try prepared.ask(
            "create", "88.118.8/SN-1", "--value", "1:URL:https://example.cn/1", "--admin", "300:0.NA/88.118.8", "--key",
            key, "--tls-pin", prepared.pin)
        #expect(created.status == 0, "\(created.error)")
        #expect(try Question(handle: "88.118.8/SN-1").code(overUDP: prepared.node) == 1)
    }

    @Test("a name and a secret key log in inside TLS alone, and register there")
    func password() throws {
        let prepared = try Prepared()
        let added = try prepared.ask(
            "add", "0.NA/88.118.8", "--value", "301:HS_SECKEY:correct horse", "--admin", "300:0.NA/88.118.8", "--key",
            prepared.made.directory + "/keys/admin-300-0.NA-88.118.8.pem", "--tls-pin", prepared.pin)
        #expect(added.status == 0, "\(added.error)")
        func logIn(_ password: String) -> [UInt8] {
            let login = PasswordLogin(user: Array("301:0.NA/88.118.8".utf8), password: Array(password.utf8))
            return TestAdministrator.request(.loginWithPassword, .passwordLogin(login)).bytes()
        }
        func create(_ name: String) -> [UInt8] {
            let request = ValuesRequest(handle: Array(name.utf8), values: [.text("一", index: 1)])
            return TestAdministrator.request(.createHandle, .values(request)).bytes()
        }
        func code(_ answer: [UInt8]) throws -> ResponseCode {
            try Message(parsing: answer.rawSpan).header.responseCode
        }
        let secure = try prepared.connect()
        var codes: [ResponseCode] = []
        for request in [logIn("wrong"), create("88.118.8/A"), logIn("correct horse"), create("88.118.8/A")] {
            try secure.send(request)
            codes.append(try code(secure.readMessage()))
        }
        #expect(codes == [.authenticationFailed, .loginNeeded, .success, .success])
        let clear = try TestSocket.stream(to: prepared.node.tcpPort)
        try clear.send(logIn("correct horse"))
        #expect(try code(clear.readMessage()) == .operationNotSupported)
        try clear.send(create("88.118.8/B"))
        #expect(try code(clear.readMessage()) == .loginNeeded)
        #expect(try Question(handle: "88.118.8/A").code(overUDP: prepared.node) == 1)
        #expect(try Question(handle: "88.118.8/B").code(overUDP: prepared.node) == 100)
        #expect(!prepared.node.log.contains("correct horse"))
    }

    @Test("a key that others may read, or a certificate that is not there, ends serve with 2 and the file's name")
    func badFiles() throws {
        let made = try MadeNode()
        try made.folder.setMode(0o644, of: "data/keys/tls-key.pem")
        let readable = try made.run("serve", "--listen", "127.0.0.1:0", "--tls", "127.0.0.1:0")
        #expect(readable.status == 2)
        #expect(readable.error.contains("keys/tls-key.pem"))
        try made.folder.setMode(0o600, of: "data/keys/tls-key.pem")
        for (setting, file) in [
            ("tls.certificate=none.pem", "none.pem"), ("tls.key=keys/server.pem", "server.pem"),
            ("tls.certificate=keys/tls-key.pem", "tls-key.pem"), ("tls.clients=required", "tls.client-authorities"),
        ] {
            let result = try made.run(
                "serve", "--listen", "127.0.0.1:0", "--tls", "127.0.0.1:0", "--set", setting)
            #expect(result.status == 2, "\(setting): \(result.error)")
            #expect(result.error.contains(file), "\(result.error)")
        }
    }

    @Test("clients without a certificate of the authorities are refused where one is required")
    func clientCertificates() throws {
        let folder = try TemporaryFolder()
        let key = try PrivateKey.generateEC()
        let own = try Certificate.makeSelfSigned(key: key, names: ["client"], start: 1_700_000_000, dayCount: 36_500)
        try folder.write(own.pem() + key.pem().exposed, to: "client.pem")
        let prepared = try Prepared(
            "--set", "tls.clients=required", "--set", "tls.client-authorities=\(folder.path)/client.pem")
        let known = try prepared.ask(
            "resolve", "88.118.8", "--tls-pin", prepared.pin, "--tls-certificate", folder.path + "/client.pem")
        #expect(known.status == 0, "\(known.error)")
        let unknown = try prepared.ask("resolve", "88.118.8", "--tls-pin", prepared.pin)
        #expect(unknown.status == 4)
    }
}
