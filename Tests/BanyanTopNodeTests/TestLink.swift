import BanyanIndex
import BanyanRegistry
import BanyanSync
import BanyanTestSupport
import BanyanTopNode
import Foundation
import HandleProtocol
import Logging
import OpenSSL
import TLSChannel
import Testing

/// A node's registers, and a top-level node to link them to, over real TLS on loopback.
final class TestLink: Sendable {
    let node: TestEnterprises
    let top: TopNodeServer
    let port: Int
    let configuration: UpstreamConfiguration
    private let folder: TemporaryFolder

    init(
        _ reviewer: TopNodeRegister.Reviewer = .approving, node: TestEnterprises? = nil,
        change: (inout UpstreamConfiguration) -> Void = { _ in }
    ) async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        self.node = try node ?? TestEnterprises()
        let key = try PrivateKey.generateEC()
        let now = Int64(Date().timeIntervalSince1970)
        let own = try Certificate.makeSelfSigned(key: key, names: ["node"], start: now - 60, dayCount: 30)
        try folder.write(own.pem(), to: "node.pem")
        try folder.write(key.pem().exposed, to: "node.key")
        let place = TopNodeFolder(path: folder.path + "/top")
        var settings = try place.configuration(nodePrefix: "88.118.8", clients: folder.path + "/node.pem")
        settings.reviewer = reviewer
        top = try TopNodeServer(settings)
        port = try await top.start()
        var configuration = UpstreamConfiguration(
            endpoint: EPPEndpoint(host: "127.0.0.1", port: port, serverName: TopNodeFolder.name),
            security: TLSConfiguration(
                .client(.file(place.certificatePath)), certificateFile: folder.path + "/node.pem",
                keyFile: folder.path + "/node.key"),
            user: settings.user, password: settings.password)
        configuration.messageInterval = .milliseconds(50)
        configuration.pauses = .milliseconds(1)...(.milliseconds(20))
        change(&configuration)
        self.configuration = configuration
    }

    /// Runs the link while `body` does.
    func run(_ body: (UpstreamLink) async throws -> Void) async throws {
        let link = UpstreamLink(
            configuration, registrar: node.registrar, prefixes: node.prefixes,
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            })
        try await withTaskExecutorPreference(OwnThreads.shared) {
            let task = Task(executorPreference: OwnThreads.shared) { await link.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(link)) } catch { result = .failure(error) }
            task.cancel()
            await task.value
            try result.get()
            await top.stop()
        }
    }

    /// Waits until it is so, looking again whenever something was committed here.
    func until(_ what: String, _ isSo: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let head = try node.registrar.index.snapshot().journalHead().sequence
            if try isSo() { return }
            guard ContinuousClock.now < end else { throw TestFailure("never so: \(what)") }
            await withCheckedContinuation { continuation in
                node.registrar.journal.wait(beyond: head, atMost: .milliseconds(20)) { continuation.resume() }
            }
        }
    }

    static func bytes(of path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

    func state(_ prefix: Prefix) throws -> PrefixContract.State? { try node.prefixes.contract(of: prefix)?.state }

    /// Applies, and passes the application on.
    func pass(_ number: Int) throws -> Prefix {
        let prefix = try node.apply(number)
        try node.prefixes.apply(.approve, to: prefix, by: node.origin)
        return prefix
    }
}
