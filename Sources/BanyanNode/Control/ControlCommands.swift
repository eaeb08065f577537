import BanyanRegistry
import BanyanSync
import HandleProtocol

/// What the serving node does for other processes: one row a kind of frame.
struct ControlCommands: Sendable {
    var registrar: any ChangeSink
    /// The node's figures, as JSON.
    var figures: @Sendable () -> JSONText
    /// How the node stands to its primary; nil where it follows none.
    var mirrorStatus: @Sendable () -> MirrorStatus? = { nil }

    /// Begins what the frame asks for; the reply waits for its end.
    func answer(_ frame: ControlFrame) -> ReplyQueue.Reply {
        do throws(SubmissionError) {
            switch frame.kind {
            case .submit:
                let submission = try registrar.enqueue(ChangeSet(parsing: frame.body))
                return { Self.reply(to: submission) }
            case .checkpointOf:
                let position = try registrar.checkpoint(for: SourceIdentity(bytes: frame.body))
                var writer = ByteWriter(capacity: 8)
                if let position { writer.write(position) }
                let reply = ControlFrame(.checkpoint, writer.bytes)
                return { reply }
            case .stat:
                return { ControlFrame(.figures, Array(figures().text.utf8)) }
            case .mirrorStatus:
                guard let status = mirrorStatus() else { return { .failure("the node follows no other") } }
                return { ControlFrame(.mirror, status.bytes) }
            default:
                return { .failure("the node does not know this request: it may be of an older version") }
            }
        } catch {
            let reply = ControlFrame(.failure, ControlAnswer.write(error))
            return { reply }
        }
    }

    private static func reply(to submission: Submission) -> ControlFrame {
        do throws(SubmissionError) {
            return ControlFrame(.result, ControlAnswer.write(try submission.wait()))
        } catch {
            return ControlFrame(.failure, ControlAnswer.write(error))
        }
    }
}
