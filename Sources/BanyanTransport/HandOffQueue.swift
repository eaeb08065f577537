import NIOPosix
import Synchronization

/// Threads for what the answering threads must not do: signatures, challenges, administration.
///
/// Bounded: what comes when `capacity` pieces of work wait is refused, and answered with SERVER_TOO_BUSY at once.
public final class HandOffQueue: Sendable {
    static let capacity = 256
    private let pool: NIOThreadPool
    private let waiting = Atomic<Int>(0)

    public init(threadCount: Int) {
        pool = NIOThreadPool(numberOfThreads: threadCount)
        pool.start()
    }

    /// Queues `work`; false when the queue is full.
    public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.capacity else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        // What still waits when the pool ends is done all the same: somebody waits for its answer.
        pool.submit { [self] _ in
            waiting.wrappingSubtract(1, ordering: .relaxed)
            work()
        }
        return true
    }

    /// Queues more of a work that was taken before, however many wait.
    public func proceed(_ work: @escaping @Sendable () -> Void) {
        pool.submit { _ in work() }
    }

    /// Does what was queued and ends the threads.
    public func finish() async {
        try? await pool.shutdownGracefully()
    }
}
