internal import NIOCore
internal import OpenSSL
public import TLSChannel

/// TLS around the connections of a client. The Handle protocol is the same inside.
public struct StreamSecurity: Sendable {
    private let context: TLSContext
    /// What the server's certificate must be for in place of the host that is connected to; see `init`.
    private let serverName: String?
    private let isNameChecked: Bool

    /// - Parameters:
    ///   - configuration: A client's.
    ///   - serverName: What the server's certificate must be for; nil: the host that is connected to. Where keys are
    ///     trusted, and not certificates, no name is looked at.
    public init(_ configuration: TLSConfiguration, serverName: String? = nil) throws(TLSError) {
        context = try configuration.context()
        self.serverName = serverName
        isNameChecked = if case .client(.keys) = configuration.role { false } else { true }
    }

    /// Puts TLS under what is added to the channel afterwards.
    func add(to channel: any Channel, for server: ServerAddress) throws {
        let name = serverName ?? (isNameChecked ? server.host : nil)
        try channel.pipeline.syncOperations.addHandler(TLSHandler(context, serverName: name))
    }
}
