import Logging
import Synchronization

/// Tells the operator of faults, at most once a second: one that repeats itself is no flood.
final class FaultLog: Sendable {
    private let logger: Logger
    /// The second in which a fault was last told of.
    private let second = Atomic<UInt32>(0)

    init(_ logger: Logger) { self.logger = logger }

    func report(_ fault: String, _ metadata: [String: String]) {
        let now = Moment().seconds
        guard second.exchange(now, ordering: .relaxed) != now else { return }
        logger.error("\(fault)", metadata: metadata.mapValues { .string($0) })
    }
}
