import Dispatch
import Synchronization

/// Answers of one connection that are on their way, in the order of their questions. Whoever adds one too many waits.
final class ReplyQueue: Sendable {
    /// Waits for what was asked, and says what became of it.
    typealias Reply = @Sendable () -> ControlFrame

    private let replies = Mutex<[Reply?]>([])
    private let room: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)

    init(countMax: Int) { room = DispatchSemaphore(value: countMax) }

    func append(_ reply: @escaping Reply) {
        room.wait()
        replies.withLock { $0.append(reply) }
        filled.signal()
    }

    /// No more will come.
    func end() {
        replies.withLock { $0.append(nil) }
        filled.signal()
    }

    /// The oldest one, or nil behind the last.
    func next() -> Reply? {
        filled.wait()
        let reply = replies.withLock { $0.removeFirst() }
        if reply != nil { room.signal() }
        return reply
    }
}
