import BanyanTestSupport
import NIOCore
import OpenSSL
import Testing

@testable import TLSChannel

@Suite("Certificates are replaced while in use")
struct CertificateReloadTests {
    @Test("new connections see the new certificate; one that is open goes on with the old")
    func reload() async throws {
        let files = try TestCertificates()
        let old = try files.make("server")
        let reload = try CertificateReload(files.server("server"))
        let server = try await TestServer(reload)
        let answered = server.channel.eventLoop.makePromise(of: Void.self)
        let context = try files.client(trusting: "server").context()
        let (channel, seen) = try await TestClient.open(to: server.port) { channel, promise in
            try channel.pipeline.syncOperations.addHandlers(
                TLSHandler(context, serverName: "localhost"), Application(.ask([1], then: answered), promise))
        }
        try await answered.futureResult.get()
        let new = try files.make("server")
        try reload.reload()
        #expect(reload.certificate == new)
        let later = try await server.connect(files.client(trusting: "server"), .ask([2]))
        #expect(later.peer == new)
        try await channel.close()
        let earlier = try await seen.get()
        #expect(earlier.peer == old)
        #expect(earlier.received == [1])
        #expect(earlier.errors == [])
    }

    @Test("a bad file is refused by name, and the old certificate stays")
    func badFiles() throws {
        let files = try TestCertificates()
        let old = try files.make("server")
        try files.make("other")
        let reload = try CertificateReload(files.server("server"))
        func expectRefusal(of path: String, _ configuration: TLSConfiguration? = nil) {
            #expect {
                try reload.reload(configuration)
            } throws: { error in
                guard case .file(let named, _)? = error as? TLSError else { return false }
                return named == path && "\(error)".hasPrefix(path + ": ")
            }
            #expect(reload.certificate == old)
        }
        let certificate = try files.folder.read("server.pem")
        try files.folder.write([], to: "server.pem")
        expectRefusal(of: files.certificate("server"))
        try files.folder.write(Array(certificate.dropLast(100)), to: "server.pem")
        expectRefusal(of: files.certificate("server"))
        try files.folder.write(files.folder.read("other.pem"), to: "server.pem")
        expectRefusal(of: files.key("server"))
        expectRefusal(of: files.certificate("none"), files.server("none"))
        try files.folder.write(certificate, to: "server.pem")
        let half = TLSConfiguration(
            .server(.required(.file(files.key("server")))), certificateFile: files.certificate("server"),
            keyFile: files.key("server"))
        expectRefusal(of: files.key("server"), half)
        try reload.reload()
        #expect(reload.certificate == old)
    }

    @Test("key and certificate may share a file; a server without either cannot be")
    func sharedFile() throws {
        let files = try TestCertificates()
        let certificate = try files.make("server")
        try files.folder.write(files.folder.read("server.key") + files.folder.read("server.pem"), to: "both.pem")
        let shared = TLSConfiguration(.server(.none), certificateFile: files.certificate("both"))
        #expect(try CertificateReload(shared).certificate == certificate)
        #expect(throws: TLSError.self) { try CertificateReload(TLSConfiguration(.server(.none))) }
    }
}
