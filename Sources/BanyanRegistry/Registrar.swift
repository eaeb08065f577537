// BanyanRegistry: the one way to write.
//
//   Change, ChangeSet     what is asked for, and what commits together
//   Registrar             the front: owns the directory's lock and the commit thread
//   CommitThread          group commit: one transaction, one fsync, then the results
//   ChangeRules           what a change does, what is refused, and why; NameRules, ValueRules
//
// It knows no socket. Changes are applied here only, whoever asks: a registration, a bulk load, an operator's verb.
public import BanyanIndex
import Dispatch
import LMDB

/// The registrar of a data directory: holds its lock, commits changes on a thread of its own, answers after the commit.
public final class Registrar: ChangeSink {
    /// The index that it writes; others read it through snapshots.
    public let index: HandleIndex

    private let lock: DirectoryLock
    private let queue = SubmissionQueue()
    private let thread: CommitThread

    /// Takes the lock of `directory`, opens the index and starts the commit thread.
    ///
    /// - Parameters:
    ///   - access: `.create` makes the index; `.readOnly` is of no use here and opens for writing as well.
    ///   - mapByteCount, chainAlgorithm: as for `HandleIndex`.
    ///   - observer: told of each batch before and after its commit.
    /// - Throws: `.inUse` when another process has the lock; `.index` when the index cannot be opened.
    public init(
        directory: String, access: HandleIndex.Access = .readWrite, mapByteCount: Int? = nil,
        chainAlgorithm: ChainAlgorithm = .sha256, observer: (any CommitObserver)? = nil
    ) throws(RegistrarError) {
        lock = try Self.lock(directory)
        do throws(IndexError) {
            index = try HandleIndex(
                directory: directory, access: access == .create ? .create : .readWrite, mapByteCount: mapByteCount,
                chainAlgorithm: chainAlgorithm)
        } catch {
            throw .index(error)
        }
        thread = CommitThread(index, queue, observer)
    }

    deinit {
        queue.close()
        guard thread.isCurrent else { return thread.waitForEnd() }
        // A completion was the last to hold it, on the commit thread, which cannot wait for itself. What is in the
        // queue is still done under the lock.
        DispatchQueue.global().async { [thread, lock] in
            thread.waitForEnd()
            withExtendedLifetime(lock) {}
        }
    }

    /// Does what waits, then ends the commit thread; later submissions throw `.closed`. The lock is given back when
    /// the registrar goes.
    public func close() {
        queue.close()
        thread.waitForEnd()
    }

    /// Tells when the journal has grown.
    public var journal: JournalWatch { thread.journal }

    /// Whether a failed write has ended writing; only a restart, with its checks, begins anew.
    public var isReadOnly: Bool { thread.isReadOnly }

    /// How long transactions took, from their first change to their end on the disk.
    public var commitDurations: DurationHistogram { thread.durations }

    public func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult {
        try enqueue(set).wait()
    }

    /// Waits only while more sets wait than may.
    public func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        try enqueue(set, completion: nil, waits: true)
    }

    /// As `enqueue`, but never waits: throws `busy` where more sets wait than may. `completion` gets the result, after
    /// the commit, on the commit thread: it must be short, and submit nothing itself. Not called when this throws.
    public func submit(_ set: ChangeSet, completion: @escaping Submission.Completion) throws(SubmissionError) {
        _ = try enqueue(set, completion: completion, waits: false)
    }

    private func enqueue(
        _ set: ChangeSet, completion: Submission.Completion?, waits: Bool
    ) throws(SubmissionError) -> Submission {
        guard set.changeCount <= ChangeSet.changeCountMax, set.byteCount <= ChangeSet.byteCountMax else {
            throw .setTooLarge
        }
        guard !isReadOnly else { throw .readOnly }
        let submission = Submission(set, completion: completion)
        switch queue.add(submission, waits: waits) {
        case .taken: return submission
        case .full: throw .busy
        case .closed: throw .closed
        }
    }

    /// Removes the journal's entries from before `time`, in milliseconds since 1970, a bounded number in each of as
    /// many transactions as it takes; what is left can still be proven.
    public func trimJournal(before time: UInt64) throws(SubmissionError) {
        var set = ChangeSet(source: "journal.keep")
        set.append(.trimJournal(before: time))
        while try submit(set).deleted > 0 {}
    }

    public func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? {
        do throws(IndexError) {
            return try index.snapshot().checkpoint(source.bytes)
        } catch {
            throw .store(error.description)
        }
    }

    private static func lock(_ directory: String) throws(RegistrarError) -> DirectoryLock {
        do throws(LMDBError) {
            return try DirectoryLock(directory: directory)
        } catch {
            if error.reason == .alreadyOpen { throw .inUse }
            throw .index(.store(error))
        }
    }
}

/// Why a directory cannot be written.
public enum RegistrarError: Error, Equatable, Sendable {
    /// Another process holds the lock: a node serves the directory, or a verb is writing.
    case inUse
    case index(IndexError)
}

extension RegistrarError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse: "the data directory is in use by another node"
        case .index(let error): error.description
        }
    }
}
