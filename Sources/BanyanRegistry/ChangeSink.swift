/// Where changes go: the registrar of this process, or the node that has the directory.
public protocol ChangeSink: Sendable {
    /// Waits until the set is committed. Refused changes are in the result; an error means that nothing is stored.
    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult

    /// Where the last committed set of this source ended; nil: none was.
    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64?
}
