import BanyanTransport
import Synchronization

/// The settings in force, which a reload replaces.
final class CurrentSettings: Sendable {
    private struct Contents {
        var configuration: Configuration
        var transport: TransportConfiguration
    }

    private let contents: Mutex<Contents>
    /// What streams to mirrors are encrypted with; made from the server's key, which stays while the node runs.
    private let streamTLS: MirrorTLS?

    init(_ configuration: Configuration, streamTLS: MirrorTLS?) {
        self.streamTLS = streamTLS
        var transport = configuration.transport
        transport.streamTLS = streamTLS
        contents = Mutex(Contents(configuration: configuration, transport: transport))
    }

    var configuration: Configuration { contents.withLock { $0.configuration } }
    var transport: TransportConfiguration { contents.withLock { $0.transport } }

    func replace(with configuration: Configuration) {
        var transport = configuration.transport
        transport.streamTLS = streamTLS
        contents.withLock { [transport] in $0 = Contents(configuration: configuration, transport: transport) }
    }
}
