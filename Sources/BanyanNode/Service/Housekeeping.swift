import BanyanIndex
import BanyanRegistry
import Foundation
import Logging
import ServiceLifecycle

/// What returns by the clock: a sign of life for the service manager, reader slots that killed tools left behind, the
/// journal's old end, and a word about a disk that has failed.
struct Housekeeping: Service {
    private static let readerCheckInterval: Duration = .seconds(60)
    private static let trimInterval: Duration = .seconds(3_600)

    let registrar: Registrar
    /// How long the journal keeps changes.
    let journalDays: @Sendable () -> Int
    let certificates: NodeCertificates
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        clearDeadReaders()
                        if registrar.isReadOnly {
                            logger.critical("nothing is written since a write failed: check the disk, then restart")
                        }
                        try await Task.sleep(for: Self.readerCheckInterval)
                    }
                }
                group.addTask {
                    while true {
                        await trimJournal()
                        try await Task.sleep(for: Self.trimInterval)
                        certificates.warn(logger)
                    }
                }
                if let interval = ServiceManagerNotice.watchdogInterval {
                    group.addTask {
                        while true {
                            ServiceManagerNotice.watchdog.send()
                            try await Task.sleep(for: interval)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func clearDeadReaders() {
        do throws(IndexError) { try registrar.index.clearDeadReaders() } catch {
            logger.error("reader slots cannot be checked", metadata: ["error": "\(error)"])
        }
    }

    /// On a thread of its own: it waits for commits.
    private func trimJournal() async {
        let oldest = Date().timeIntervalSince1970 - Double(journalDays()) * 86_400
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                do throws(SubmissionError) {
                    try registrar.trimJournal(before: UInt64(max(0, oldest) * 1_000))
                } catch {
                    logger.error("the journal's old end stays", metadata: ["error": "\(error)"])
                }
                continuation.resume()
            }
        }
    }
}
