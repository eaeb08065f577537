internal import Foundation
internal import HandleProtocol
internal import OpenSSL
internal import TLSChannel

/// Where a top-level node to rehearse with keeps what it is: its log, certificate and key, the client's name and
/// password, and the settings that lead a node to it.
public struct TopNodeFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    public var certificatePath: String { path + "/certificate.pem" }
    public var keyPath: String { path + "/key.pem" }
    public var passwordPath: String { path + "/password" }
    public var logPath: String { path + "/events.jsonl" }
    public var settingsPath: String { path + "/banyan.toml" }

    /// What its certificate is for, whatever address it listens on.
    public static let name = "upstream-sim"

    /// Makes what is missing, and reads the rest.
    ///
    /// - Parameter clients: A file with the certificate that the client shows, or with its authorities.
    public func configuration(nodePrefix: String, clients: String) throws -> TopNodeConfiguration {
        let files = FileManager.default
        try files.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        if !files.fileExists(atPath: certificatePath) { try makeCertificate() }
        if !files.fileExists(atPath: passwordPath) {
            let password = String(decoding: Hex.encode(try Random.bytes(count: 8)), as: UTF8.self)
            try write(Array((password + "\n").utf8), to: passwordPath)
        }
        let line = try Array(Data(contentsOf: URL(fileURLWithPath: passwordPath))).prefix { $0 != 0x0A }
        let security = TLSConfiguration(
            .server(.required(.file(clients))), certificateFile: certificatePath, keyFile: keyPath)
        return TopNodeConfiguration(
            security: security, user: nodePrefix, password: SecretBytes(Array(line)), nodePrefix: nodePrefix,
            logPath: logPath)
    }

    private func makeCertificate() throws {
        let key = try PrivateKey.generateEC()
        let now = Int64(Date().timeIntervalSince1970)
        let certificate = try Certificate.makeSelfSigned(
            key: key, names: [Self.name, "localhost", "127.0.0.1", "::1"], start: now - 3_600, dayCount: 825)
        try write(key.pem().exposed, to: keyPath)
        try write(certificate.pem(), to: certificatePath)
    }

    /// The part of a node's banyan.toml that leads it here.
    public func settings(address: String, _ configuration: TopNodeConfiguration) -> String {
        """
        # To be put in the place of this section in the banyan.toml of the node.
        [upstream]
        server = "\(address)"
        name = "\(Self.name)"
        authorities = "\(absolute(certificatePath))"
        user = "\(configuration.user)"
        password-file = "\(absolute(passwordPath))"
        prefix = "\(configuration.nodePrefix)"

        """
    }

    public func writeSettings(address: String, _ configuration: TopNodeConfiguration) throws {
        try write(Array(settings(address: address, configuration).utf8), to: settingsPath)
    }

    private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
