/// Where changes go: the registrar of this process, or the node that has the directory.
public protocol ChangeSink: Sendable {
    /// Waits until the set is committed. Refused changes are in the result; an error means that nothing is stored.
    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult

    /// Takes a set without waiting for its commit. Bulk chunks are committed in the order in which they came, and so
    /// are smaller sets (`Submission.registrationChangeCountMax`), which may overtake chunks. A loader keeps a few
    /// under way, so that the next ones are made while the disk works.
    func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission

    /// Where the last committed set of this source ended; nil: none was.
    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64?
}

extension ChangeSink {
    /// For a sink that takes one set at a time: waits.
    public func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        let submission = Submission(set)
        submission.finish(.success(try submit(set)))
        return submission
    }
}
