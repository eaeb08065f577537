import BanyanRegistry
import Dispatch
import Logging
import ServiceLifecycle

/// Removes what is about persons when an application was refused, or a contract has ended, long enough ago.
struct PersonalDataRemoval: Service {
    private static let interval: Duration = .seconds(6 * 3_600)

    /// Nil where there is no HTTP: then there are no applications either.
    let registers: Registers?
    /// How long it is kept after that.
    let days: Int
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let registers { await remove(registers.prefixes) }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// On a thread of its own: it waits for commits.
    private func remove(_ prefixes: PrefixRegister) async {
        let now = ChangeOrigin.now
        let before = now - min(now, UInt64(days) * 86_400)
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                do throws(PrefixRegisterError) {
                    let count = try prefixes.removePersonalData(
                        endedBefore: before, by: ChangeOrigin(source: "snms.personal-data"))
                    if count > 0 { logger.notice("applications removed", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.error("applications that have ended stay", metadata: ["error": "\(error)"])
                }
                continuation.resume()
            }
        }
    }
}
