import Synchronization

/// How long something took, as counts in fixed steps: any thread may add, and a reader waits for nobody.
public final class DurationHistogram: Sendable {
    /// Upper bounds of the steps, in seconds; what took longer is in none but the whole count.
    public static let bounds: [Double] = [
        0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    ]

    public struct Reading: Equatable, Sendable {
        /// How many took at most the bound of each step.
        public var cumulative: [UInt64]
        public var count: UInt64
        /// In seconds.
        public var sum: Double
    }

    private struct State {
        var steps = [UInt64](repeating: 0, count: DurationHistogram.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    public init() {}

    public func add(_ duration: Duration) {
        let seconds = duration / .seconds(1)
        let step = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.steps[step] &+= 1
            state.sum += seconds
        }
    }

    public var reading: Reading {
        let state = state.withLock { $0 }
        var total: UInt64 = 0
        var cumulative: [UInt64] = []
        for count in state.steps {
            total &+= count
            cumulative.append(total)
        }
        return Reading(cumulative: cumulative.dropLast(), count: total, sum: state.sum)
    }
}
