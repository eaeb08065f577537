/// What became of a set, after its commit.
public struct ChangeSetResult: Equatable, Sendable {
    public struct Rejection: Equatable, Sendable {
        /// Which change of the set, from 0 on.
        public var ordinal: Int
        public var error: RegistrationError
        /// What another server said, where it was that which refused the change.
        public var words: String?

        public init(ordinal: Int, error: RegistrationError, words: String? = nil) {
            self.ordinal = ordinal
            self.error = error
            self.words = words
        }
    }

    /// Handles that were not there before.
    public var created = 0
    /// Records whose values were replaced, added to, modified or removed; prefixes and settings changed.
    public var replaced = 0
    public var deleted = 0
    /// What is there was the same, timestamps apart.
    public var unchanged = 0
    /// Left alone by the conflict rule.
    public var skipped = 0
    public var rejections: [Rejection] = []
    /// Sequence of the journal's last entry after the set.
    public var journalHead: UInt64 = 0

    public init() {}
}

/// Why a whole set could not be done; nothing of it is stored.
public enum SubmissionError: Error, Equatable, Sendable {
    /// The set's bytes are malformed: what comes over the control socket is checked like anything else.
    case malformedSet
    /// More changes or bytes than one set may have.
    case setTooLarge
    /// Disk or map are full; the same may succeed when there is room.
    case outOfRoom
    /// An earlier write failed: what the disk holds is not known any more. Reads go on; restart the node.
    case readOnly
    /// Other failures of the store.
    case store(String)
    /// The registrar is closing, or the node that was asked went away.
    case closed
    /// Another server takes nothing: what it says, and whether it could not be reached.
    case server(String, isAway: Bool)
    /// Too much waits for the commit thread; the same may be taken a moment later.
    case busy
}

extension SubmissionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedSet: "a malformed set of changes"
        case .setTooLarge: "too many changes in one set"
        case .outOfRoom: "the disk or the map is full"
        case .readOnly: "the store is read-only since a write failed: check the disk, then restart the node"
        case .store(let reason): reason
        case .closed: "the store is closing"
        case .server(let words, _): words
        case .busy: "too many changes wait to be stored"
        }
    }
}
