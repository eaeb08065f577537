import BanyanTestSupport
import Glibc
import NIOCore
import OpenSSL
import Testing

@testable import TLSChannel

@Suite("TLS with the openssl command at the other end (RFC 8446, RFC 5246)")
struct OpenSSLToolTests {
    @Test("its client is served in both versions, with a chain that it checks", arguments: ["-tls1_2", "-tls1_3"])
    func client(version: String) async throws {
        let files = try TestCertificates()
        try files.issue("server", by: "authority")
        let server = try await TestServer(CertificateReload(files.server("server")))
        let output = try Tool.run(
            [
                "s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", files.certificate("authority"),
                "-verify_return_error", "-verify_hostname", "localhost", "-quiet", version,
            ], input: Array("hello\n".utf8))
        #expect(output.contains("hello"))
        let seen = try await server.next()
        #expect(seen.received == Array("hello\n".utf8))
        #expect(seen.version == (version == "-tls1_2" ? "TLSv1.2" : "TLSv1.3"))
    }

    @Test(
        "older versions, weak ciphers and no certificate where one is wanted are refused",
        arguments: [
            ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"], ["-tls1_2"], ["-tls1_3"],
        ])
    func refusals(options: [String]) async throws {
        let files = try TestCertificates()
        try files.issue("server", by: "authority")
        let wish = TLSConfiguration.ClientCertificate.required(.file(files.certificate("authority")))
        let server = try await TestServer(CertificateReload(files.server("server", wish)))
        try Tool.run(
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-quiet"] + options, input: Array("hello\n".utf8),
            mayFail: true)
        let seen = try await server.next()
        #expect(seen.received == [])
        #expect(seen.errors.count == 1)
    }

    @Test("its client's certificate arrives", arguments: ["-tls1_2", "-tls1_3"])
    func clientCertificate(version: String) async throws {
        let files = try TestCertificates()
        try files.issue("server", by: "authority")
        try files.issue("client", by: "authority")
        let wish = TLSConfiguration.ClientCertificate.required(.file(files.certificate("authority")))
        let server = try await TestServer(CertificateReload(files.server("server", wish)))
        try Tool.run(
            [
                "s_client", "-connect", "127.0.0.1:\(server.port)", "-quiet", version, "-cert",
                files.certificate("client"), "-key", files.key("client"),
            ], input: Array("hello\n".utf8))
        let seen = try await server.next()
        #expect(seen.received == Array("hello\n".utf8))
        #expect(seen.peer?.subjectAttribute("CN") == "client")
    }

    @Test("its server is believed by its authority and name, in both versions", arguments: ["-tls1_2", "-tls1_3"])
    func server(version: String) async throws {
        let files = try TestCertificates()
        try files.issue("server", by: "authority")
        let pipe = try NamedPipe(files.folder.path + "/output")
        let tool = try TestChild(
            Tool.path,
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", files.certificate("server"), "-key", files.key("server"),
                "-rev", version, "-naccept", "2",
            ], output: pipe.path, error: files.folder.path + "/error")
        let line = pipe.line { $0.hasPrefix("ACCEPT") }
        let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
        let seen = try await TestClient.connect(
            to: port, files.client(trusting: "authority"), .ask(Array("hello\n".utf8)))
        #expect(seen.received == Array("olleh\n".utf8))
        let wrong = try await TestClient.connect(
            to: port, files.client(trusting: "authority"), name: "example.cn", .ask(Array("hello\n".utf8)))
        #expect(wrong.errors == [.peerRefused(reason: "hostname mismatch")])
        tool.wait()
    }
}

/// A pipe that a child writes to as if to a file.
private final class NamedPipe {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        mkfifo(path, 0o600)
        // Open before the child, which would wait for a reader.
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure("no pipe at \(path)") }
    }

    deinit { close(descriptor) }

    /// The first line that `isWanted`.
    func line(_ isWanted: (String) -> Bool) -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1 {
            if byte != UInt8(ascii: "\n") {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if isWanted(text) { return text }
            line = []
        }
        return ""
    }
}
