import BanyanIndex
import Foundation
import HandleProtocol
import Synchronization

/// The one thread that writes (design: group commit). Takes what waits, applies it in one transaction, makes it durable
/// with one fsync, and only then gives the results out: what was answered survives any end of the process.
///
/// It ends when its queue is closed and empty.
final class CommitThread: Sendable {
    /// About as many bytes of dirty pages as a transaction may have: LMDB 0.9.24 leaks memory when one spills (ITS
    /// 9155), and a long transaction lets registrations wait.
    static let dirtyByteCountMax = 16 << 20
    /// Sets in one transaction.
    static let setCountMax = 1_024

    /// Resolving goes first where there are not processors enough for both.
    private static let niceness: Int32 = 10

    private let queue: SubmissionQueue
    private let observer: (any CommitObserver)?
    let journal = JournalWatch()
    private let readOnly = Atomic<Bool>(false)
    /// From the first change of a transaction to its end on the disk.
    let durations = DurationHistogram()
    private let ended = DispatchSemaphore(value: 0)
    /// The thread's own, once it runs.
    private let identity = Atomic<pthread_t>(0)
    /// On its way to the thread, which lets go of it before it says that it has ended: the directory can then be
    /// opened again at once.
    private let index: Mutex<HandleIndex?>

    init(_ index: HandleIndex, _ queue: SubmissionQueue, _ observer: (any CommitObserver)?) {
        self.queue = queue
        self.observer = observer
        self.index = Mutex(index)
        let thread = Thread {
            self.identity.store(pthread_self(), ordering: .relaxed)
            // Of this thread alone, on Linux. Where it is not allowed it goes on as it is.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
            self.run()
            self.ended.signal()
        }
        thread.name = "commit"
        thread.start()
    }

    /// Whether a failed write has ended writing.
    var isReadOnly: Bool { readOnly.load(ordering: .acquiring) }

    /// Whether the caller runs on it.
    var isCurrent: Bool { identity.load(ordering: .relaxed) == pthread_self() }

    func waitForEnd() {
        ended.wait()
        ended.signal()
    }

    private func run() {
        guard let index = index.withLock({ $0.take() }) else { return }
        var rules = ChangeRules(index)
        rules.writer.keepsChangedKeys = observer != nil
        var batch: UInt64 = 0
        var hadRegistrations = false
        while let first = queue.first(afterRegistrations: hadRegistrations) {
            hadRegistrations = !first.isBulk
            guard !isReadOnly else {
                first.finish(.failure(.readOnly))
                continue
            }
            batch += 1
            commit(first, index, &rules, batch: batch)
        }
    }

    /// One transaction: `first` and what else of its kind waits and fits.
    private func commit(_ first: Submission, _ index: HandleIndex, _ rules: inout ChangeRules, batch: UInt64) {
        var group: [Submission] = []
        var results: [Result<ChangeSetResult, SubmissionError>] = []
        var next: Submission? = first
        do {
            guard try !index.isShortOfRoom() else { return first.finish(.failure(.outOfRoom)) }
            let start = ContinuousClock.now
            try rules.begin(at: Date().timeIntervalSince1970)
            while let submission = next {
                let before = rules.writer.dirtyByteCount
                group.append(submission)
                results.append(.success(try SetApplication.apply(submission.changeSet, &rules)))
                // Room for another set that makes as much dirty as this one.
                let after = rules.writer.dirtyByteCount
                let isRoomLeft = group.count < Self.setCountMax && 2 * after - before < Self.dirtyByteCountMax
                next = isRoomLeft ? queue.another(bulk: first.isBulk) : nil
            }
            observer?.willCommit(batch: batch, changing: rules.writer.changedKeys)
            try commit(&rules)
            durations.add(start.duration(to: .now))
            observer?.didCommit(batch: batch)
            journal.moved(to: rules.writer.sequence)
        } catch {
            rules.writer.abort()
            let failure = self.failure(error)
            for submission in group.isEmpty ? [first] : group { submission.finish(.failure(failure)) }
            return
        }
        for (submission, result) in zip(group, results) { submission.finish(result) }
    }

    /// After a commit that failed for another reason than want of room nothing later may be believed: Linux drops the
    /// dirty pages of a failed fsync and reports success the next time.
    private func commit(_ rules: inout ChangeRules) throws(IndexError) {
        do throws(IndexError) {
            try rules.writer.commit()
        } catch {
            if !error.isOutOfRoom { readOnly.store(true, ordering: .releasing) }
            throw error
        }
    }

    private func failure(_ error: any Error) -> SubmissionError {
        if let error = error as? SubmissionError { return error }
        if let problem = error as? ReplayProblem { return .store(problem.description) }
        guard let error = error as? IndexError else { return .malformedSet }
        if error.endsWriting { readOnly.store(true, ordering: .releasing) }
        if isReadOnly { return .readOnly }
        return error.isOutOfRoom ? .outOfRoom : .store(error.description)
    }
}
