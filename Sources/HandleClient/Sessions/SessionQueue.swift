import HandleProtocol
import NIOCore
import Synchronization

/// What waits to be sent in a session, between those who ask, on any thread, and the connection's event loop.
final class SessionQueue: Sendable {
    struct Entry: Sendable {
        var request: AdministrativeRequest
        var onNames: (@Sendable (HandleList) -> Void)?
        var completion: @Sendable (Result<Administration.Reply, ClientError>) -> Void
    }

    private struct State {
        var entries: [Entry] = []
        /// Those before it have been taken.
        var first = 0
        /// Whether the event loop knows that something waits.
        var isWoken = false
        var failure: ClientError?
    }

    let server: ServerAddress
    private let state = Mutex(State())
    private let opening: EventLoopPromise<Void>
    private let ending: EventLoopPromise<Void>

    init(_ server: ServerAddress, on loop: any EventLoop) {
        self.server = server
        opening = loop.makePromise(of: Void.self)
        ending = loop.makePromise(of: Void.self)
    }

    /// Kept when requests can be sent; fails when it has come to nothing.
    var isOpened: EventLoopFuture<Void> { opening.futureResult }
    /// Kept when the session is over, whatever ended it.
    var isEnded: EventLoopFuture<Void> { ending.futureResult }
    /// What ended the session; nil while it lasts.
    var failure: ClientError? { state.withLock { $0.failure } }

    /// Appends requests; true when the event loop has to be woken.
    func add(_ entries: [Entry]) -> Bool {
        let (failure, mustWake) = state.withLock { state -> (ClientError?, Bool) in
            if let failure = state.failure { return (failure, false) }
            state.entries += entries
            defer { state.isWoken = true }
            return (nil, !state.isWoken)
        }
        if failure != nil {
            for entry in entries { entry.completion(.failure(ClientError(.sessionEnded, server: server))) }
        }
        return mustWake
    }

    /// The event loop has woken up: what is added from now on wakes it again.
    func woken() {
        state.withLock { $0.isWoken = false }
    }

    func next() -> Entry? {
        state.withLock { state in
            guard state.first < state.entries.count else {
                state.entries.removeAll(keepingCapacity: true)
                state.first = 0
                return nil
            }
            defer { state.first += 1 }
            return state.entries[state.first]
        }
    }

    func opened() { opening.succeed() }

    /// The session is over; what still waits was not sent.
    func ended(_ error: ClientError) {
        let left = state.withLock { state in
            state.failure = state.failure ?? error
            defer {
                state.entries = []
                state.first = 0
            }
            return state.entries[state.first...]
        }
        for entry in left { entry.completion(.failure(ClientError(.sessionEnded, server: server))) }
        opening.fail(error)
        ending.succeed()
    }
}
