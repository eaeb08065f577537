public import HandleProtocol

/// Asks other nodes for what lends authority here and is not stored here: administrators' keys, groups, and the
/// administrators of a prefix whose record is elsewhere (RFC 3652 §3.5).
///
/// Whoever calls waits, for a bounded time; nothing that is asked for this way makes the other node ask in its turn.
public protocol RemoteAuthority: Sendable {
    /// The public values of that type that a handle has elsewhere, by a signed answer; nil where none was to be had.
    func values(of handle: [UInt8], type: [UInt8]) -> [HandleValue]?

    /// Whether the node that has the secret key says that it made the answer; nil where it could not be asked.
    func isValid(_ question: VerifyChallenge) -> Bool?
}
