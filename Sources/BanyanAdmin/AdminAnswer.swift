/// What goes back to the client: messages with their envelopes, whole, one behind the other on a stream, each cut into
/// datagrams by itself.
public struct AdminAnswer: Sendable {
    public var message: [UInt8]
    /// Where the answer goes on: asked for when `message` is on its way, on a thread that may block. A long list is
    /// so never in memory as a whole.
    public var rest: (@Sendable () -> AdminAnswer?)?

    public init(_ message: [UInt8], rest: (@Sendable () -> AdminAnswer?)? = nil) {
        self.message = message
        self.rest = rest
    }
}
