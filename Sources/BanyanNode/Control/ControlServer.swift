import Dispatch
import Synchronization

/// The serving node's end of DIR/control: takes frames from other processes of this machine and answers those of one
/// connection in order. A connection's next frames are read and waiting for their commit while it is being answered, so
/// that a loader and the disk work at the same time.
final class ControlServer: Sendable {
    /// Connections at a time; one more is refused in words. Together 64 frames can be under way.
    static let connectionCountMax = 16
    static let framesUnderWayMax = 4

    private struct State {
        var connections: [ObjectIdentifier: SystemSocket] = [:]
        var isClosing = false
    }

    private let path: String
    private let listener: SystemSocket
    private let answer: @Sendable (ControlFrame) -> ReplyQueue.Reply
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    /// Listens at `path`. `answer` begins what a frame asks for, without waiting; the reply that it gives waits.
    init(path: String, answer: @escaping @Sendable (ControlFrame) -> ReplyQueue.Reply) throws(SystemError) {
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
                try? ControlFrame.failure("the node has as many connections as it takes").write(to: connection)
                continue
            }
            threads.enter()
            startThread(else: { self.release(connection) }) { [self] in
                receive(from: connection)
                release(connection)
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

    private func release(_ connection: SystemSocket) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
        threads.leave()
    }

    /// Reads frames until the other side ends, breaks the framing, or goes away; then waits for the last answer.
    private func receive(from connection: SystemSocket) {
        let replies = ReplyQueue(countMax: Self.framesUnderWayMax)
        let sending = DispatchGroup()
        sending.enter()
        startThread(else: { sending.leave() }) {
            while let reply = replies.next() {
                // Who has gone is not answered; what he asked for is done.
                do throws(SystemError) { try reply().write(to: connection) } catch { connection.shutdown() }
            }
            sending.leave()
        }
        do throws(SystemError) {
            while let frame = try ControlFrame(from: connection) { replies.append(answer(frame)) }
        } catch {
            connection.shutdown()
        }
        replies.end()
        sending.wait()
    }

    private func startThread(else failure: () -> Void, _ body: @escaping @Sendable () -> Void) {
        do throws(SystemError) { try SystemProcess.startThread(body) } catch { failure() }
    }
}
