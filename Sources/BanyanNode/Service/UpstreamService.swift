import BanyanRegistry
import BanyanSync
import Logging
import ServiceLifecycle

/// Keeps the link to the upstream while the node runs.
struct UpstreamService: Service {
    /// Nil: there is no upstream.
    let link: UpstreamLink?

    func run() async throws {
        guard let link else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown { await link.run() }
    }
}

extension Node {
    /// The link, where an upstream is set. From here on what happens to prefixes is put into the outbox, or not any
    /// more. A mirror's outbox is its primary's, who tells it.
    static func upstream(
        _ configuration: Configuration, _ registrar: Registrar, _ directory: NodeDirectory
    ) throws -> UpstreamLink? {
        let settings = try configuration.upstream(in: directory)
        guard configuration.mirrorPrimary == nil else { return nil }
        let outbox = Outbox(index: registrar.index, sink: registrar)
        try outbox.setForwarding(settings != nil, by: ChangeOrigin(source: "upstream.server"))
        guard let settings else { return nil }
        return UpstreamLink(
            settings, registrar: registrar, prefixes: try Registers(registrar, directory).prefixes,
            logger: Logger(label: "banyan.upstream"))
    }
}
