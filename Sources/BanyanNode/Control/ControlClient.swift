import Dispatch
import Synchronization

/// The other end of DIR/control: asks the node that serves the directory. Questions go out at once, in the order of the
/// calls; answers come back in that order.
final class ControlClient: Sendable {
    typealias Continuation = @Sendable (ControlFrame?) -> Void

    private struct Waiting {
        var continuations: [Continuation] = []
        var hasEnded = false
    }

    private let socket: SystemSocket
    private let sending = Mutex(())
    private let waiting = Mutex(Waiting())

    /// Connects; fails with ENOENT or ECONNREFUSED when no node serves the directory.
    init(path: String) throws(SystemError) {
        let socket = try SystemSocket.connect(to: path)
        self.socket = socket
        try SystemProcess.startThread { [self] in receive() }
    }

    /// Sends one frame; `continuation` gets its answer, or nil when the node went away: then nothing is known of the
    /// work, which may have been done.
    func send(_ frame: ControlFrame, then continuation: @escaping Continuation) {
        sending.withLock { _ in
            let isOpen = waiting.withLock { waiting in
                if !waiting.hasEnded { waiting.continuations.append(continuation) }
                return !waiting.hasEnded
            }
            guard isOpen else { return continuation(nil) }
            // A broken connection ends the thread that receives, which answers everyone.
            do throws(SystemError) { try frame.write(to: socket) } catch { socket.shutdown() }
        }
    }

    /// Sends one frame and waits for its answer.
    func ask(_ frame: ControlFrame) -> ControlFrame? {
        let done = DispatchSemaphore(value: 0)
        let answer = Mutex<ControlFrame?>(nil)
        send(frame) { frame in
            answer.withLock { $0 = frame }
            done.signal()
        }
        done.wait()
        return answer.withLock { $0 }
    }

    /// Ends the connection; who waits gets nil.
    func close() { socket.shutdown() }

    private func receive() {
        while let frame = try? ControlFrame(from: socket),
            let continuation = waiting.withLock({ $0.continuations.isEmpty ? nil : $0.continuations.removeFirst() })
        {
            continuation(frame)
        }
        socket.shutdown()
        let left = waiting.withLock { waiting in
            waiting.hasEnded = true
            defer { waiting.continuations = [] }
            return waiting.continuations
        }
        for continuation in left { continuation(nil) }
    }
}
