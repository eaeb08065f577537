internal import Synchronization

/// How the node stands to its upstream.
public struct UpstreamStatus: Equatable, Sendable {
    public enum State: Equatable, Sendable {
        case connecting
        /// Logged in, and all that was to be told is told.
        case ready
        /// Errands or messages are on their way.
        case busy
        /// Why, and that it is tried again.
        case failed(String)
    }

    public var state = State.connecting
    /// When the upstream last answered, in milliseconds since 1970 by our clock; 0: never.
    public var answeredAt: UInt64 = 0
    /// Since the node has started.
    public var toldCount: UInt64 = 0
    public var refusedCount: UInt64 = 0
    public var noticeCount: UInt64 = 0
    public var failureCount: UInt64 = 0
}

/// The status, written by the link's task and read by anyone.
final class UpstreamStatusBoard: Sendable {
    private let board = Mutex(UpstreamStatus())

    var status: UpstreamStatus { board.withLock { $0 } }
    func change(_ body: (inout UpstreamStatus) -> Void) { board.withLock { body(&$0) } }
}
