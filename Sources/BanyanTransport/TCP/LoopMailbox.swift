import NIOCore
import Synchronization

/// Work for one event loop from other threads. All that has come by the time the loop looks is done in one go; what it
/// adds itself meanwhile is done behind that.
final class LoopMailbox: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        /// Whether the loop knows that there is work, or is at it.
        var isWoken = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Has the loop run `work`, in the order of the calls.
    func run(_ work: @escaping @Sendable () -> Void) {
        let mustWake = state.withLock { state in
            state.work.append(work)
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if mustWake { eventLoop.execute { self.empty() } }
    }

    private func empty() {
        while true {
            let work = state.withLock { state in
                defer { state.work = [] }
                state.isWoken = !state.work.isEmpty
                return state.work
            }
            guard !work.isEmpty else { return }
            for piece in work { piece() }
        }
    }
}
