public import HandleClient

/// A server that may be loaded: on this machine, or named by whoever answers for it.
public struct LoadTarget: Sendable {
    public let address: ServerAddress

    /// `allowed`: another machine, spelt as the target is.
    public init(_ address: ServerAddress, allowed: ServerAddress? = nil) throws(BenchError) {
        guard address.isLoopback || address == allowed else { throw .targetNotLoopback(address.description) }
        self.address = address
    }
}
