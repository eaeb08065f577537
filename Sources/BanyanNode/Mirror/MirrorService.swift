import BanyanSync
import ServiceLifecycle

/// Follows the primary while the node runs.
struct MirrorService: Service {
    /// Nil: this node follows nobody.
    let mirror: Mirror?

    func run() async throws {
        guard let mirror else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown { await mirror.run() }
    }
}
