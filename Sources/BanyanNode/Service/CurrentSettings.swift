import BanyanTransport
import Synchronization

/// The settings in force, which a reload replaces.
final class CurrentSettings: Sendable {
    private struct Contents {
        var configuration: Configuration
        var transport: TransportConfiguration
    }

    private let contents: Mutex<Contents>

    init(_ configuration: Configuration) {
        contents = Mutex(Contents(configuration: configuration, transport: configuration.transport))
    }

    var configuration: Configuration { contents.withLock { $0.configuration } }
    var transport: TransportConfiguration { contents.withLock { $0.transport } }

    func replace(with configuration: Configuration) {
        contents.withLock { $0 = Contents(configuration: configuration, transport: configuration.transport) }
    }
}
