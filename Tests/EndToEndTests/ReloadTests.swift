import BanyanTestSupport
import Foundation
import OpenSSL
import Testing

@Suite("SIGHUP: settings and certificates are read again while the node serves")
struct ReloadTests {
    private typealias Prepared = SecureServeTests.Prepared

    private static func write(_ settings: String, in made: MadeNode) throws {
        try made.folder.write(Array(settings.utf8), to: "data/banyan.toml")
    }

    /// Puts a certificate with a key of its own in the place of the node's.
    private static func replaceCertificate(of made: MadeNode, days: Int = 30, ago: Int64 = 60) throws -> Certificate {
        let key = try PrivateKey.generateEC()
        let certificate = try Certificate.makeSelfSigned(
            key: key, names: ["127.0.0.1"], start: Int64(Date().timeIntervalSince1970) - ago, dayCount: days)
        try made.folder.write(certificate.pem(), to: "data/keys/tls-certificate.pem")
        try made.folder.write(key.pem().exposed, to: "data/keys/tls-key.pem")
        for name in ["certificate", "key"] { try made.folder.setMode(0o600, of: "data/keys/tls-\(name).pem") }
        return certificate
    }

    @Test("a new certificate is shown to new connections; one that is open goes on; a bad one changes nothing")
    func certificates() throws {
        let prepared = try Prepared("--https", "127.0.0.1:0")
        let open = try prepared.connect()
        #expect(open.peerCertificate == prepared.certificate)
        let new = try Self.replaceCertificate(of: prepared.made)
        prepared.node.reload()
        func shown(at port: UInt16) throws -> Certificate? {
            try TestSecureSocket(to: port, trusting: .anyKey).peerCertificate
        }
        let httpsPort = try #require(prepared.node.httpsPort)
        #expect(try shown(at: prepared.port) == new)
        #expect(try shown(at: httpsPort) == new)
        try open.send(Question(handle: "88.118.8").bytes)
        #expect(try open.readMessage().count > 44)
        for bad in [[], Array("-----BEGIN CERTIFICATE-----\nMII".utf8)] as [[UInt8]] {
            try prepared.made.folder.write(bad, to: "data/keys/tls-certificate.pem")
            prepared.node.reload()
            #expect(try shown(at: prepared.port) == new)
            #expect(try shown(at: httpsPort) == new)
        }
        #expect(prepared.node.log.contains("tls-certificate.pem: cannot read certificates"))
        #expect(prepared.node.terminate() == 0)
    }

    @Test("limits and log level are taken; what needs a restart is named; a bad line is told, and changes nothing")
    func settings() throws {
        let made = try MadeNode()
        let node = try made.serve("--set", "limits.exempt=192.0.2.0/24")
        #expect(try Question(handle: "88.118.8").code(overUDP: node) == 1)
        // The settings of the command line stay over those of the file.
        try Self.write(
            """
            workers = 3
            [limits]
            connections-per-address = 1
            exempt = ["127.0.0.0/8"]
            [log]
            level = "debug"
            """, in: made)
        node.reload()
        #expect(node.log.contains("\"changed\":\"limits.connections-per-address, log.level\""))
        #expect(node.log.contains("\"settings\":\"workers\""))
        let first = try TestSocket.stream(to: node.tcpPort)
        try first.send(Question(handle: "88.118.8").bytes)
        #expect(!first.readMessage().isEmpty)
        #expect(try Question(handle: "88.118.8").code(overTCP: node) == nil, "one connection an address")
        try Self.write("[limits]\nconnections-per-address = \"many\"\n", in: made)
        node.reload()
        #expect(node.log.contains("banyan.toml:2: limits.connections-per-address: found"))
        #expect(try Question(handle: "88.118.8").code(overTCP: node) == nil)
        try Self.write("", in: made)
        node.reload()
        #expect(try Question(handle: "88.118.8").code(overTCP: node) == 1)
        #expect(node.terminate() == 0)
    }

    @Test("check names a certificate that has expired or soon will, and keys that others may read")
    func check() throws {
        let made = try MadeNode()
        #expect(try made.run("check").output.contains("tls-") == false)
        _ = try Self.replaceCertificate(of: made, days: 20)
        let soon = try made.run("check")
        #expect(soon.status == 0)
        #expect(soon.output.contains("tls-certificate.pem expires in 19 days"))
        _ = try Self.replaceCertificate(of: made, days: 1, ago: 90_000)
        #expect(
            try made.run("check").output.contains("warning: \(made.directory)/keys/tls-certificate.pem has expired"))
        try Self.write("[tls]\nlisten = \"127.0.0.1:0\"\n", in: made)
        let expired = try made.run("check")
        #expect(expired.status == 1)
        #expect(expired.output.contains("problem: \(made.directory)/keys/tls-certificate.pem has expired"))
        try made.folder.setMode(0o640, of: "data/keys/tls-key.pem")
        #expect(try made.run("check").output.contains("tls-key.pem has mode 640; chmod 600 it"))
        // An expired certificate is told of and still served: clients that pin the key go on.
        let node = try made.serve()
        #expect(node.log.contains("the certificate for TLS has expired"))
        #expect(try made.run("stat", "--json").output.contains("\"certificateExpiry\":1"))
    }
}

@Suite("HTTPS from outside (RFC 9110, RFC 8446)")
struct HTTPSTests {
    @Test("HTTP/1.1 is answered inside TLS, with and without a client's certificate")
    func answers() throws {
        let made = try MadeNode()
        let certificate = try Certificate(pem: made.folder.read("data/keys/tls-certificate.pem"))
        let node = try made.serve("--https", "127.0.0.1:0", "--http", "127.0.0.1:0")
        let port = try #require(node.httpsPort)
        #expect(node.httpPort != nil && node.httpPort != port)
        let key = try PrivateKey.generateEC()
        let own = try Certificate.makeSelfSigned(
            key: key, names: ["client"], start: Int64(Date().timeIntervalSince1970) - 60, dayCount: 1)
        for identity in [nil, try TLSIdentity(chain: [own], key: key)] {
            let socket = try TestSecureSocket(
                to: port, trusting: .certificates([certificate]), name: "127.0.0.1", as: identity)
            try socket.send(Array("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
            let answer = String(decoding: try socket.read(count: 100_000), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
        }
        let clear = try TestSocket.stream(to: port)
        try clear.send(Array("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        #expect(!String(decoding: clear.read(count: 100), as: UTF8.self).hasPrefix("HTTP"))
        #expect(node.terminate() == 0)
    }
}
