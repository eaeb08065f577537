/// The challenge that a session or a connection waits for an answer to: the last that was made there. It lies with the
/// others, which are bounded together; its number there is told to nobody.
struct PendingReference: Sendable {
    var identifier: UInt32
    /// Whether the request's authentication code has been found right: its counter is used up then.
    var isAuthentic: Bool
}
