internal import Synchronization

/// How a mirror stands to its primary.
public struct MirrorStatus: Equatable, Sendable {
    public enum State: Equatable, Sendable {
        /// Nothing has been asked yet, or the last attempt failed: why.
        case waiting(String)
        /// Everything is being fetched.
        case seeding
        case following
        /// What the primary says cannot be followed: why. An operator must decide.
        case refused(String)
    }

    public var state = State.waiting("")
    /// The primary's last journal sequence or transaction, as far as it has told.
    public var primarySequence: UInt64 = 0
    /// The last of them that is durable here.
    public var sequence: UInt64 = 0
    /// When the primary last said where it stands, in milliseconds since 1970 by our clock; 0: never.
    public var toldAt: UInt64 = 0
    /// When what is durable here was committed there, by its clock; 0: not known.
    public var committedAt: UInt64 = 0
    /// What was refused here of what the primary sent.
    public var refusedCount: UInt64 = 0
    public var primaryTerm: UInt64 = 0

    public init() {}

    /// Transactions that the primary has and we do not.
    public var transactionsBehind: UInt64 { primarySequence > sequence ? primarySequence - sequence : 0 }

    /// Seconds by which what is here may be older than what the primary has; nil: it has never told.
    public func secondsBehind(at now: UInt64) -> Double? {
        guard toldAt > 0 else { return nil }
        let since = transactionsBehind > 0 && committedAt > 0 ? min(committedAt, toldAt) : toldAt
        return now > since ? Double(now - since) / 1_000 : 0
    }
}

/// The status, written by the mirror's task and read by anyone.
final class MirrorStatusBoard: Sendable {
    private let board = Mutex(MirrorStatus())

    var status: MirrorStatus { board.withLock { $0 } }
    func change(_ body: (inout MirrorStatus) -> Void) { board.withLock { body(&$0) } }
}
