import BanyanRegistry
import HandleProtocol

/// The registrar of the node that serves the directory, through DIR/control. Safe to call from several threads: the
/// node commits together what comes at the same time.
final class RemoteRegistrar: ChangeSink {
    private let client: ControlClient

    init(client: ControlClient) { self.client = client }

    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult {
        let answer = try ask(ControlFrame(.submit, set.bytes))
        guard answer.kind == .result, let result = try? ControlAnswer.result(parsing: answer.body.rawSpan) else {
            throw .store("the node's answer is malformed: it may be of another version")
        }
        return result
    }

    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? {
        let answer = try ask(ControlFrame(.checkpointOf, source.bytes))
        guard answer.kind == .checkpoint else {
            throw .store("the node's answer is malformed: it may be of another version")
        }
        return answer.body.count == 8 ? answer.body.rawSpan.bigEndianUInt64(at: 0) : nil
    }

    private func ask(_ frame: ControlFrame) throws(SubmissionError) -> ControlFrame {
        let answer: ControlFrame
        do throws(SystemError) { answer = try client.ask(frame) } catch { throw .closed }
        guard answer.kind == .failure else { return answer }
        throw ControlAnswer.error(parsing: answer.body)
    }
}
