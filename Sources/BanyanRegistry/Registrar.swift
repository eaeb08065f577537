// BanyanRegistry: the one way to write.
//
//   Change, ChangeSet     what is asked for, and what commits together
//   Registrar             the front: owns the directory's lock and the commit thread
//   CommitThread          group commit: rules, record, journal entry, prefix digest, one fsync
//   ChangeRules           what is refused, and why
//
// It knows no socket. Changes are applied here only, whoever asks: a registration, a bulk load, an operator's verb.
public import BanyanIndex

/// The registrar of a data directory: holds its lock, commits changes on a thread of its own, answers after the commit.
public final class Registrar: ChangeSink {
    /// The index that it writes; others read it through snapshots.
    public let index: HandleIndex

    /// Takes the lock of `directory` and starts the commit thread.
    ///
    /// - Throws: `.inUse` when another process has the lock; `.index` when the index cannot be opened.
    public init(directory: String, mapByteCount: Int? = nil) throws(RegistrarError) {
        do throws(IndexError) {
            index = try HandleIndex(directory: directory, access: .readWrite, mapByteCount: mapByteCount)
        } catch {
            throw .index(error)
        }
    }

    public func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult { throw .closed }

    public func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? { nil }
}

/// Why a directory cannot be written.
public enum RegistrarError: Error, Equatable, Sendable {
    /// Another process holds the lock: a node serves the directory, or a verb is writing.
    case inUse
    /// The lock file could not be opened (errno).
    case lock(Int32)
    case index(IndexError)
}
