internal import BanyanRegistry

/// Why a primary cannot be followed.
public enum MirrorError: Error, Equatable, Sendable {
    /// The log no longer reaches back to what we have: everything must be fetched.
    case dumpNeeded
    /// The primary's past is another one than ours: it was changed, or restored from an old backup, or both of us took
    /// changes. Where its journal ends.
    case otherPast(primarySequence: UInt64)
    /// The primary's journal is chained with another digest than ours.
    case otherChain
    /// The stream is not what was asked for.
    case malformedStream
    /// The stream is not encrypted, and the connection leaves this machine.
    case notEncrypted
    /// The store refused what came.
    case store(String)
    /// The primary knows of fewer promotions than we do: it has been replaced.
    case deposed(term: UInt64)
}

extension MirrorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .dumpNeeded: "the primary's log does not reach back to what is here"
        case .otherPast(let sequence):
            "the primary's journal, which ends at \(sequence), has another past than ours: it was changed or restored, "
                + "or both nodes took changes; compare them (banyan verify --against), then take the primary's with "
                + "banyan mirror reseed"
        case .otherChain:
            "the primary's journal is chained with another digest: make this node anew with the primary's --digest"
        case .malformedStream: "the primary sent what is no stream of changes"
        case .notEncrypted:
            "the primary's stream is not encrypted: only for a primary on this machine, or with mirror.clear = true"
        case .store(let reason): reason
        case .deposed(let term): "the primary's term is \(term), lower than ours: it has been replaced"
        }
    }

    /// Whether trying again changes nothing until an operator has acted.
    var isFinal: Bool {
        switch self {
        case .otherPast, .otherChain, .deposed, .notEncrypted: true
        case .dumpNeeded, .malformedStream, .store: false
        }
    }
}
