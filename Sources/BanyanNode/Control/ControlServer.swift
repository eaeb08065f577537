import Dispatch
import Synchronization

/// The serving node's end of DIR/control: takes frames from other processes of this machine and answers each in turn.
/// One thread a connection, since every answer waits for a commit; connections wait for each other nowhere else.
final class ControlServer: Sendable {
    /// Connections at a time, and so frames under way. One more is refused in words.
    static let connectionCountMax = 64

    private struct State {
        var connections: [ObjectIdentifier: SystemSocket] = [:]
        var isClosing = false
    }

    private let path: String
    private let listener: SystemSocket
    private let answer: @Sendable (ControlFrame) -> ControlFrame
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    /// Listens at `path` and answers frames by `answer`, which may block.
    init(path: String, answer: @escaping @Sendable (ControlFrame) -> ControlFrame) throws(SystemError) {
        self.path = path
        self.answer = answer
        listener = try SystemSocket.listen(at: path)
        try SystemProcess.startThread { [self] in accept() }
    }

    /// Takes no frame any more, and returns when those under way are answered, or after `timeout`.
    func close(timeout: Duration) {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.connections.values)
        }
        listener.shutdown()
        for connection in open { connection.endReading() }
        _ = threads.wait(timeout: .now() + .milliseconds(Int(timeout / .milliseconds(1))))
        try? SystemFile.remove(path)
    }

    private func accept() {
        while let connection = listener.accept() {
            guard admit(connection) else {
                try? ControlFrame.failure("the node has as many connections as it takes; try again").write(
                    to: connection)
                continue
            }
            threads.enter()
            do {
                try SystemProcess.startThread { [self] in
                    serve(connection)
                    state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
                    threads.leave()
                }
            } catch {
                state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
                threads.leave()
            }
        }
    }

    private func admit(_ connection: SystemSocket) -> Bool {
        state.withLock { state in
            guard !state.isClosing, state.connections.count < Self.connectionCountMax else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
    }

    private func serve(_ connection: SystemSocket) {
        do {
            while let frame = try ControlFrame(from: connection) {
                try answer(frame).write(to: connection)
            }
        } catch {
            // The other process went away or broke the framing: its connection ends, and nothing else.
            connection.shutdown()
        }
    }
}
