import BanyanTestSupport
import Foundation
import OpenSSL
import TLSChannel

/// Files of certificates and keys in a folder of their own.
final class TestCertificates: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Writes NAME.pem and NAME.key: a certificate that its own key has signed.
    @discardableResult
    func make(
        _ name: String, names: [String] = ["localhost", "127.0.0.1"], key: PrivateKey? = nil, days: Int = 30,
        expired: Bool = false
    ) throws -> Certificate {
        let key = try key ?? PrivateKey.generateEC()
        let now = Int64(Date().timeIntervalSince1970)
        let certificate = try Certificate.makeSelfSigned(
            key: key, names: names, start: now - (expired ? Int64(days + 1) * 86_400 : 60), dayCount: days)
        try folder.write(certificate.pem(), to: name + ".pem")
        try folder.write(key.pem().exposed, to: name + ".key")
        return certificate
    }

    /// Writes NAME.pem and NAME.key by the openssl tool, signed by AUTHORITY.pem, which is made when it is not there.
    func issue(_ name: String, by authority: String) throws {
        if !FileManager.default.fileExists(atPath: certificate(authority)) {
            try Tool.run(
                ["req", "-x509"] + Self.newKey + [
                    "-keyout", key(authority), "-out", certificate(authority), "-subj", "/CN=Test authority", "-days",
                    "30",
                ])
        }
        try Tool.run(
            ["req", "-x509"] + Self.newKey + [
                "-CA", certificate(authority), "-CAkey", key(authority), "-keyout", key(name), "-out",
                certificate(name),
                "-subj", "/O=300:88.118.8\\/admin/CN=\(name)", "-days", "30",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
            ])
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]

    func certificate(_ name: String) -> String { folder.path + "/" + name + ".pem" }
    func key(_ name: String) -> String { folder.path + "/" + name + ".key" }

    func server(_ name: String, _ clients: TLSConfiguration.ClientCertificate = .none) -> TLSConfiguration {
        TLSConfiguration(.server(clients), certificateFile: certificate(name), keyFile: key(name))
    }

    func client(trusting name: String, as own: String? = nil) -> TLSConfiguration {
        TLSConfiguration(
            .client(.file(certificate(name))), certificateFile: own.map(certificate), keyFile: own.map(key))
    }
}

/// The openssl command: another implementation's view of the same connection.
enum Tool {
    static let path = "/usr/bin/openssl"

    @discardableResult
    static func run(_ arguments: [String], input: [UInt8] = [], mayFail: Bool = false) throws -> String {
        let folder = try TemporaryFolder()
        try folder.write(input, to: "input")
        let child = try TestChild(
            path, arguments, input: folder.path + "/input", output: folder.path + "/output",
            error: folder.path + "/error")
        let status = child.wait()
        let error = String(decoding: try folder.read("error"), as: UTF8.self)
        guard status == 0 || mayFail else { throw TestFailure("openssl \(arguments): \(error)") }
        return String(decoding: try folder.read("output"), as: UTF8.self) + error
    }
}
