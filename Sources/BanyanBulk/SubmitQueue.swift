import BanyanRegistry
import Dispatch
import Synchronization

/// Sets of changes on their way to the store, in order, one after the other, while the next is being filled. At most
/// `depth` are under way: then `submit` waits.
final class SubmitQueue: Sendable {
    static let depth = 3

    /// A set that is done, or was not.
    struct Done: Sendable {
        var chunk: Chunk
        var outcome: Result<ChangeSetResult, SubmissionError>
    }

    private struct State {
        var done: [Done] = []
        var hasFailed = false
    }

    private let sink: any ChangeSink
    private let queue = DispatchQueue(label: "banyan.load")
    private let room = DispatchSemaphore(value: SubmitQueue.depth)
    private let state = Mutex(State())

    init(sink: any ChangeSink) { self.sink = sink }

    func submit(_ chunk: Chunk) {
        room.wait()
        queue.async { [self] in
            defer { room.signal() }
            // Behind a failure nothing may be stored: its checkpoint would pass over what failed.
            guard !state.withLock({ $0.hasFailed }) else { return }
            let outcome: Result<ChangeSetResult, SubmissionError>
            do throws(SubmissionError) {
                outcome = .success(try sink.submit(chunk.changes))
            } catch {
                outcome = .failure(error)
            }
            state.withLock { state in
                if case .failure = outcome { state.hasFailed = true }
                state.done.append(Done(chunk: chunk, outcome: outcome))
            }
        }
    }

    /// What is done since the last call, in order.
    func takeDone() -> [Done] {
        state.withLock { state in
            let done = state.done
            state.done = []
            return done
        }
    }

    /// Waits until nothing is under way.
    func finish() { queue.sync {} }
}
