import Foundation
import Synchronization

/// What waits for the commit thread: registrations first, chunks of bulk loads behind, both bounded.
///
/// Sendable: `waiting` is touched under the condition's lock only.
final class SubmissionQueue: @unchecked Sendable {
    /// More than this many sets, or bytes in them, and submitting waits for room.
    static let countMax = 256
    static let byteCountMax = 8 << 20
    /// The same for those who cannot wait, and are refused.
    static let refusingCountMax = 4_096
    static let refusingByteCountMax = 32 << 20
    /// How long the commit thread stays awake behind registrations: about as long as an answer and what is asked next
    /// take.
    private static let alertTime = Duration.microseconds(100)

    /// First in, first out. Taking one moves nothing.
    private struct Line {
        private var submissions: [Submission] = []
        private var first = 0

        var count: Int { submissions.count - first }

        mutating func append(_ submission: Submission) { submissions.append(submission) }

        mutating func removeFirst() -> Submission? {
            guard first < submissions.count else { return nil }
            defer {
                first += 1
                // Paid for by those that were taken.
                if first > submissions.count / 2 {
                    submissions.removeFirst(first)
                    first = 0
                }
            }
            return submissions[first]
        }
    }

    private struct Waiting {
        var registrations = Line()
        var chunks = Line()
        var byteCount = 0
        var isClosed = false
        /// Whether the commit thread waits and nobody has woken it.
        var isIdle = false
        /// Those who wait for room.
        var waiterCount = 0

        var count: Int { registrations.count + chunks.count }
    }

    enum Admission {
        case taken, full, closed
    }

    private var waiting = Waiting()
    private let condition = NSCondition()

    /// - Parameter waits: Whether to wait for room where there is none.
    func add(_ submission: Submission, waits: Bool = true) -> Admission {
        let (admission, mustWake) = take(submission, waits: waits)
        // The commit thread wakes to a lock that is free.
        if mustWake { condition.broadcast() }
        return admission
    }

    private func take(_ submission: Submission, waits: Bool) -> (Admission, mustWake: Bool) {
        condition.lock()
        defer { condition.unlock() }
        if waits {
            while !waiting.isClosed, isFull {
                waiting.waiterCount += 1
                condition.wait()
                waiting.waiterCount -= 1
            }
        }
        guard !waiting.isClosed else { return (.closed, false) }
        guard waiting.count < Self.refusingCountMax, waiting.byteCount < Self.refusingByteCountMax else {
            return (.full, false)
        }
        if submission.isBulk { waiting.chunks.append(submission) } else { waiting.registrations.append(submission) }
        waiting.byteCount += submission.changeSet.byteCount
        // Whoever comes while it is on its way wakes it no more.
        defer { waiting.isIdle = false }
        return (.taken, waiting.isIdle)
    }

    private var isFull: Bool { waiting.count >= Self.countMax || waiting.byteCount >= Self.byteCountMax }

    /// The first set of the next transaction; waits for one. Nil when the queue is closed and empty.
    ///
    /// - Parameter afterRegistrations: whether the transaction before held registrations: then it is a chunk's turn.
    func first(afterRegistrations: Bool) -> Submission? {
        condition.lock()
        defer { condition.unlock() }
        if afterRegistrations { lookAgain() }
        while waiting.count == 0 {
            guard !waiting.isClosed else { return nil }
            waiting.isIdle = true
            condition.wait()
        }
        waiting.isIdle = false
        let isChunksTurn = waiting.registrations.count == 0 || afterRegistrations && waiting.chunks.count > 0
        return remove(isChunksTurn ? \.chunks : \.registrations)
    }

    /// Waits a moment without sleeping, for whoever has been answered and asks again: being woken takes a thread as
    /// long as asking does. Gives way to every thread that has something to do. The lock is held before and after.
    private func lookAgain() {
        let end = ContinuousClock.now + Self.alertTime
        while waiting.count == 0, !waiting.isClosed, ContinuousClock.now < end {
            condition.unlock()
            sched_yield()
            condition.lock()
        }
    }

    /// Another set of the same kind for the same transaction, if one waits. A transaction of chunks takes no more when
    /// registrations wait.
    func another(bulk: Bool) -> Submission? {
        condition.lock()
        defer { condition.unlock() }
        guard bulk else { return remove(\.registrations) }
        return waiting.registrations.count > 0 ? nil : remove(\.chunks)
    }

    /// Nothing is taken any more; what waits is still done.
    func close() {
        condition.lock()
        waiting.isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func remove(_ kind: WritableKeyPath<Waiting, Line>) -> Submission? {
        guard let submission = waiting[keyPath: kind].removeFirst() else { return nil }
        waiting.byteCount -= submission.changeSet.byteCount
        if waiting.waiterCount > 0 { condition.broadcast() }
        return submission
    }
}
