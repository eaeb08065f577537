import Dispatch
import Synchronization

/// Tells whoever waits that the journal has grown: streams to mirrors.
public final class JournalWatch: Sendable {
    private struct State {
        var sequence: UInt64 = 0
        var nextNumber: UInt64 = 0
        var waiting: [UInt64: @Sendable () -> Void] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "journal.watch")

    /// Calls `body` once, from any thread: when the journal is longer than `sequence`, or after `time`, or when nothing
    /// is waited for any more.
    public func wait(beyond sequence: UInt64, atMost time: Duration, _ body: @escaping @Sendable () -> Void) {
        let number: UInt64? = state.withLock { state in
            guard state.sequence <= sequence, !state.isClosed else { return nil }
            state.nextNumber += 1
            state.waiting[state.nextNumber] = body
            return state.nextNumber
        }
        guard let number else { return body() }
        let milliseconds = Int(time / .milliseconds(1))
        queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            self?.state.withLock { $0.waiting.removeValue(forKey: number) }?()
        }
    }

    /// Whether waiting has been ended.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Nobody waits from now on: the node stops.
    public func close() {
        state.withLock { $0.isClosed = true }
        wakeAll()
    }

    /// The journal's last entry is this one, and durable.
    func moved(to sequence: UInt64) {
        let hasMoved = state.withLock { state in
            guard sequence != state.sequence else { return false }
            state.sequence = sequence
            return !state.waiting.isEmpty
        }
        // Whoever waits does no more than to queue work.
        if hasMoved { wakeAll() }
    }

    private func wakeAll() {
        let bodies = state.withLock { state in
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
        for body in bodies { body() }
    }
}
