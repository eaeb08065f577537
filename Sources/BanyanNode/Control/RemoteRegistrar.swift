import BanyanRegistry
import HandleProtocol

/// The registrar of the node that serves the directory, through DIR/control.
final class RemoteRegistrar: ChangeSink {
    private let client: ControlClient

    init(client: ControlClient) { self.client = client }

    deinit { client.close() }

    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult { try enqueue(set).wait() }

    func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        let submission = Submission(set)
        client.send(ControlFrame(.submit, set.bytes)) { submission.finish(Self.result($0)) }
        return submission
    }

    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? {
        guard let answer = client.ask(ControlFrame(.checkpointOf, source.bytes)) else { throw .closed }
        switch answer.kind {
        case .checkpoint: return answer.body.count == 8 ? answer.body.rawSpan.bigEndianUInt64(at: 0) : nil
        case .failure: throw ControlAnswer.error(parsing: answer.body)
        default: throw Self.malformed
        }
    }

    private static func result(_ answer: ControlFrame?) -> Result<ChangeSetResult, SubmissionError> {
        guard let answer else { return .failure(.closed) }
        if answer.kind == .failure { return .failure(ControlAnswer.error(parsing: answer.body)) }
        guard answer.kind == .result, let result = try? ControlAnswer.result(parsing: answer.body.rawSpan) else {
            return .failure(malformed)
        }
        return .success(result)
    }

    private static let malformed = SubmissionError.store("the node's answer is malformed: it may be of another version")
}
