import BanyanTransport
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP: the settings are read again, and certificates with them. All of them are good and are taken, or one is not,
/// is told by file and line, and everything stays as it is. What only a restart can change is named.
struct Reload: Service {
    let signals: UnixSignalsSequence
    /// The settings as the command line and the file have them now.
    let read: @Sendable () throws -> Configuration
    /// The settings that the node began with, and those in force now.
    let started: Configuration
    let settings: CurrentSettings
    let certificates: NodeCertificates
    let transport: NodeTransport
    let logger: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            ServiceManagerNotice.reloading.send()
            reload()
            ServiceManagerNotice.ready.send()
        }
    }

    private func reload() {
        let new: Configuration
        let takeCertificates: @Sendable () -> Void
        do {
            new = try read()
            _ = try new.http()
            takeCertificates = try certificates.prepare(new)
        } catch {
            logger.error("not reloaded: everything stays as it was", metadata: ["error": "\(error)"])
            return
        }
        let taken = new.differences(from: settings.configuration).filter(\.isReloaded).map(\.name)
        let waiting = new.differences(from: started).filter { !$0.isReloaded }.map(\.name)
        settings.replace(with: new)
        takeCertificates()
        transport.reload(settings.transport)
        JSONLogHandler.setLevel(new.logLevel)
        logger.notice("reloaded", metadata: ["changed": "\(taken.joined(separator: ", "))"])
        if !waiting.isEmpty {
            logger.warning(
                "settings differ that only a restart takes",
                metadata: ["settings": "\(waiting.joined(separator: ", "))"])
        }
        certificates.warn(logger)
    }
}
