import BanyanIndex
import Logging
import ServiceLifecycle

/// What returns by the clock: a sign of life for the service manager, and reader slots that killed tools left behind.
struct Housekeeping: Service {
    private static let readerCheckInterval: Duration = .seconds(60)

    let index: HandleIndex
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        clearDeadReaders()
                        try await Task.sleep(for: Self.readerCheckInterval)
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
        do throws(IndexError) { try index.clearDeadReaders() } catch {
            logger.error("reader slots cannot be checked", metadata: ["error": "\(error)"])
        }
    }
}
