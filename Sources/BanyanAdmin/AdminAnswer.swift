/// What goes back to the client: messages with their envelopes, whole, one behind the other on a stream, each cut into
/// datagrams by itself.
public struct AdminAnswer: Sendable {
    public var message: [UInt8]
    /// Where the answer goes on: asked for when `message` is on its way, on a thread that may block. A long list is
    /// so never in memory as a whole.
    public var rest: (@Sendable () -> AdminAnswer?)?

    /// Calls its argument, from any thread, when there is something to ask `rest` for; nil: there is at once.
    public var whenReady: (@Sendable (@escaping @Sendable () -> Void) -> Void)?

    /// Behind `message` TLS begins on this connection, this server being the TLS server: the rest is inside.
    public var startsTLS = false
    /// Of which keys the client must then show one: SHA-256 of their SubjectPublicKeyInfo; empty: it need show none.
    public var trustedKeys: [[UInt8]] = []

    public init(_ message: [UInt8], rest: (@Sendable () -> AdminAnswer?)? = nil) {
        self.message = message
        self.rest = rest
    }
}
