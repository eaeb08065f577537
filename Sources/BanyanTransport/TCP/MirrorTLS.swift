public import OpenSSL

/// TLS that begins in the middle of a connection, around a stream to a mirror.
public struct MirrorTLS: Sendable {
    private let identity: TLSIdentity
    /// For mirrors that need show no key.
    private let open: TLSContext

    /// - Parameter identity: with the key that the site record has for this server.
    public init(_ identity: TLSIdentity) throws(OpenSSLError) {
        self.identity = identity
        open = try TLSContext(.server, identity: identity, peer: .optional(.anyKey))
    }

    /// - Parameter keys: of which the mirror must show one, by their digests; empty: it need show none.
    func context(trusting keys: [[UInt8]]) throws(OpenSSLError) -> TLSContext {
        guard !keys.isEmpty else { return open }
        return try TLSContext(.server, identity: identity, peer: .required(.keys(keys)))
    }
}
