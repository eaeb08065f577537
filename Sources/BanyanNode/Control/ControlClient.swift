import Synchronization

/// The other end of DIR/control: hands work over to the node that serves the directory. Calls from several threads go
/// over a connection each, so that the node can commit them together; connections are kept.
final class ControlClient: Sendable {
    private let path: String
    private let idle: Mutex<[SystemSocket]>

    /// Connects; fails with ENOENT or ECONNREFUSED when no node serves the directory.
    init(path: String) throws(SystemError) {
        self.path = path
        idle = Mutex([try SystemSocket.connect(to: path)])
    }

    /// Sends one frame and waits for its answer. After an error nothing is known of the work: it may have been done.
    func ask(_ frame: ControlFrame) throws(SystemError) -> ControlFrame {
        let kept = idle.withLock { $0.popLast() }
        let connection = if let kept { kept } else { try SystemSocket.connect(to: path) }
        try frame.write(to: connection)
        guard let answer = try ControlFrame(from: connection) else { throw connection.ended }
        idle.withLock { $0.append(connection) }
        return answer
    }
}
