import Foundation
import Synchronization

/// What waits for the commit thread: registrations first, chunks of bulk loads behind, both bounded.
///
/// Sendable: `waiting` is touched under the condition's lock only.
final class SubmissionQueue: @unchecked Sendable {
    /// More than this many sets, or bytes in them, and submitting waits for room.
    static let countMax = 256
    static let byteCountMax = 8 << 20

    private struct Waiting {
        var registrations: [Submission] = []
        var chunks: [Submission] = []
        var byteCount = 0
        var isClosed = false

        var count: Int { registrations.count + chunks.count }
    }

    private var waiting = Waiting()
    private let condition = NSCondition()

    /// Waits for room; false when the queue is closed.
    func add(_ submission: Submission) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !waiting.isClosed, isFull { condition.wait() }
        guard !waiting.isClosed else { return false }
        if submission.isBulk { waiting.chunks.append(submission) } else { waiting.registrations.append(submission) }
        waiting.byteCount += submission.changeSet.byteCount
        condition.broadcast()
        return true
    }

    private var isFull: Bool { waiting.count >= Self.countMax || waiting.byteCount >= Self.byteCountMax }

    /// The first set of the next transaction; waits for one. Nil when the queue is closed and empty.
    ///
    /// - Parameter afterRegistrations: whether the transaction before held registrations: then it is a chunk's turn.
    func first(afterRegistrations: Bool) -> Submission? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.count == 0 {
            guard !waiting.isClosed else { return nil }
            condition.wait()
        }
        let isChunksTurn = waiting.registrations.isEmpty || afterRegistrations && !waiting.chunks.isEmpty
        return remove(isChunksTurn ? \.chunks : \.registrations)
    }

    /// Another set of the same kind for the same transaction, if one waits. A transaction of chunks takes no more when
    /// registrations wait.
    func another(bulk: Bool) -> Submission? {
        condition.lock()
        defer { condition.unlock() }
        guard bulk else { return waiting.registrations.isEmpty ? nil : remove(\.registrations) }
        return waiting.chunks.isEmpty || !waiting.registrations.isEmpty ? nil : remove(\.chunks)
    }

    /// Nothing is taken any more; what waits is still done.
    func close() {
        condition.lock()
        waiting.isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func remove(_ kind: WritableKeyPath<Waiting, [Submission]>) -> Submission {
        let submission = waiting[keyPath: kind].removeFirst()
        waiting.byteCount -= submission.changeSet.byteCount
        condition.broadcast()
        return submission
    }
}
