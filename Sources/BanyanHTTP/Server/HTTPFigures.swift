public import BanyanRegistry
import Synchronization

/// What HTTP has answered since the start.
public final class HTTPFigures: Sendable {
    private let counts = Mutex<[Int: UInt64]>([:])
    /// From the head of a request to the head of its response.
    public let durations = DurationHistogram()

    public init() {}

    func add(_ status: Int, after duration: Duration) {
        counts.withLock { $0[status, default: 0] &+= 1 }
        durations.add(duration)
    }

    /// Responses by status, in its order.
    public var responses: [(status: Int, count: UInt64)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
