import BanyanIndex
import BanyanRegistry
import BanyanSync
import HandleClient
import HandleProtocol
import Logging
import Synchronization

/// Takes a server's place: fetches what it has, compares, and at the end makes this directory's node the primary.
///
/// The directory is that server's mirror until then (`MirrorSetup`), served or not.
public struct Migration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Fetches everything, or what is new since the last time, and returns when the server had no more. A node that
    /// serves the directory fetches by itself, and is waited for until it has asked once more.
    ///
    /// - Parameter progressed: told now and then how many records are here.
    public func fetch(_ progressed: @escaping @Sendable (UInt64) -> Void) async throws {
        let configured = try requireMirror()
        let registrar: Registrar
        do throws(NodeError) {
            registrar = try directory.openRegistrar(mapByteCount: directory.configuration().mapByteCount)
        } catch {
            guard case .inUse = error else { throw error }
            return try await waitForServingNode()
        }
        defer { registrar.close() }
        let mirror = Mirror(configured, registrar: registrar, logger: Logger(label: "banyan.migrate"))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await mirror.catchUp()
                return true
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(500))
                    if let count = try? registrar.index.statistics().recordCount { progressed(UInt64(count)) }
                }
                return false
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
    }

    /// Compares a sample with the server.
    public func check(sampleCount: Int) async throws -> MigrationCheck.Report {
        let configured = try requireMirror()
        return try await MigrationCheck(of: directory.openIndex(), with: replication(configured))
            .run(sampleCount: sampleCount)
    }

    /// What has become of taking the server's place.
    public struct TakeOver: Sendable {
        public var term: UInt64
        /// The first handles that the server changed after the last question: they are as they were here.
        public var laterNames: [[UInt8]] = []
        public var laterCount = 0
    }

    /// Fetches what is new, compares a sample, makes this node the primary, and asks the server once more whether it
    /// has taken changes meanwhile.
    ///
    /// - Parameter force: also when the server does not answer any more, or differs.
    public func takeOver(
        sampleCount: Int, force: Bool, _ progressed: @escaping @Sendable (UInt64) -> Void
    ) async throws -> TakeOver {
        let configured = try requireMirror()
        do {
            try await fetch(progressed)
            let report = try await check(sampleCount: sampleCount)
            guard force || report.isSame else {
                throw NodeError.declined(
                    "\(report.differences.count) differences: see banyan migrate check; or use --force")
            }
        } catch let error as ClientError where error.isUnreachable {
            guard force else {
                throw NodeError.declined(
                    "\(error); what the server took since the last fetch would be missing: start it again, or use "
                        + "--force")
            }
        }
        var result = TakeOver(term: try await Promotion(directory: directory).promote(force: true))
        if let later = try? await laterChanges(configured) { (result.laterNames, result.laterCount) = later }
        return result
    }

    private func laterChanges(_ configured: MirrorConfiguration) async throws -> (names: [[UInt8]], count: Int) {
        // A Banyan node steps down by itself as soon as it hears of the new term.
        let sink = try ChangeSinks.open(directory: directory)
        return try await ReferenceSample.changes(
            on: replication(configured), missingFrom: sink, for: .whole, atMost: 100)
    }

    private func replication(_ configured: MirrorConfiguration) -> Replication {
        Replication(
            server: configured.primary, authentication: configured.authentication, serverKey: configured.primaryKey)
    }

    private func requireMirror() throws(NodeError) -> MirrorConfiguration {
        let isMirror: Bool
        let index = try directory.openIndex()
        do throws(IndexError) { isMirror = try index.snapshot().isMirror() } catch { throw .index(error) }
        guard isMirror, let configured = try directory.configuration().mirror(in: directory) else {
            throw .declined(
                "\(directory.path) follows no server: begin with banyan migrate start")
        }
        return configured
    }

    /// Waits until the node that serves the directory has heard from its primary anew, and has everything.
    private func waitForServingNode() async throws {
        let before = try servingState().toldAt
        while true {
            let now = try servingState()
            if now.toldAt > before, now.transactionsBehind == 0 { return }
            if case .waiting(let reason) = now.state, !reason.isEmpty {
                throw NodeError.declined("the node that serves the directory cannot fetch: \(reason)")
            }
            if case .refused(let reason) = now.state {
                throw NodeError.declined("the node that serves the directory does not follow: \(reason)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func servingState() throws(NodeError) -> MirrorStatus {
        let client: ControlClient
        do throws(SystemError) { client = try ControlClient(path: directory.controlPath) } catch {
            throw .inUse(directory.path)
        }
        defer { client.close() }
        guard let answer = client.ask(ControlFrame(.mirrorStatus)), answer.kind == .mirror,
            let status = MirrorStatus(parsing: answer.body.rawSpan)
        else { throw .declined("the node that serves the directory follows no server") }
        return status
    }
}
