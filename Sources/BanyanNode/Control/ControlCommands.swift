import BanyanRegistry
import HandleProtocol

/// What the serving node does for other processes: one row a kind of frame.
struct ControlCommands: Sendable {
    var registrar: any ChangeSink
    /// The node's figures, as JSON.
    var figures: @Sendable () -> JSONText

    func answer(_ frame: ControlFrame) -> ControlFrame {
        do throws(SubmissionError) {
            switch frame.kind {
            case .submit:
                let result = try registrar.submit(ChangeSet(parsing: frame.body))
                return ControlFrame(.result, ControlAnswer.write(result))
            case .checkpointOf:
                guard let position = try registrar.checkpoint(for: SourceIdentity(bytes: frame.body)) else {
                    return ControlFrame(.checkpoint)
                }
                var writer = ByteWriter(capacity: 8)
                writer.write(position)
                return ControlFrame(.checkpoint, writer.bytes)
            case .stat:
                return ControlFrame(.figures, Array(figures().text.utf8))
            default:
                return .failure("the node does not know this request: it may be of an older version")
            }
        } catch {
            return ControlFrame(.failure, ControlAnswer.write(error))
        }
    }
}
