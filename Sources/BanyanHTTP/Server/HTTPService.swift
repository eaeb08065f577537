public import BanyanTransport
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// HTTP at each of the configured addresses, for as long as it runs.
///
///     let service = HTTPService(configuration, doors: [handleAPI], logger: logger)
///     // run() in a service group, and beside it:
///     let endpoints = try await service.boundEndpoints()
public final class HTTPService: Service {
    private let configuration: HTTPConfiguration
    private let doors: [any HTTPDoor]
    private let logger: Logger
    private let pool: HandOffQueue
    private let bound: AsyncStream<(Int, Endpoint)>
    private let binding: AsyncStream<(Int, Endpoint)>.Continuation

    public init(_ configuration: HTTPConfiguration, doors: [any HTTPDoor], logger: Logger) {
        self.configuration = configuration
        self.doors = doors
        self.logger = logger
        pool = HandOffQueue(threadCount: configuration.poolThreadCount)
        (bound, binding) = AsyncStream.makeStream()
    }

    /// Waits until every listener answers: addresses with the ports that the kernel chose, in the order of the
    /// configuration; nil when one of them could not be opened, which `run` throws. Once only.
    public func boundEndpoints() async -> [Endpoint]? {
        var endpoints: [Int: Endpoint] = [:]
        if configuration.listeners.isEmpty { return [] }
        for await (position, endpoint) in bound {
            endpoints[position] = endpoint
            if endpoints.count == configuration.listeners.count {
                return configuration.listeners.indices.compactMap { endpoints[$0] }
            }
        }
        return nil
    }

    /// Serves until the group stops; what is in work is finished first.
    /// - Throws: `TransportError` if an address is not free.
    public func run() async throws {
        let rates = RequestRates(
            perSecond: configuration.requestsPerSecond, burst: configuration.requestBurst, exempt: configuration.exempt)
        let connections = AddressCounts(most: configuration.connectionsPerAddress, exempt: configuration.exempt)
        let held = HeldBytes()
        defer { binding.finish() }
        // A service that ends ends its group.
        guard !configuration.listeners.isEmpty else {
            try? await gracefulShutdown()
            return await pool.finish()
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (position, listener) in configuration.listeners.enumerated() {
                    let front = FrontDoor(
                        listener: listener, doors: doors, rates: rates, pool: pool, held: held, logger: logger)
                    group.addTask { [self] in try await serve(front, at: position, connections) }
                }
                try await group.waitForAll()
            }
        } catch {
            await pool.finish()
            throw error
        }
        await pool.finish()
    }

    private func serve(_ front: FrontDoor, at position: Int, _ connections: AddressCounts) async throws {
        let endpoint = front.listener.endpoint
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestProgressHandler()], idleTimeout: TimeAmount(configuration.idleTimeout))
        http.httpDecoder = .init(
            maxHeaderFieldSize: HTTPLimits.headByteCount, maxHeaderListSize: HTTPLimits.headByteCount,
            maxHeaderFieldCount: HTTPLimits.fieldCount)
        let channelConfiguration = http
        let certificate = front.listener.certificate
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            responder: front,
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: HTTP1Channel(responder: responder, configuration: channelConfiguration),
                    connections: connections, certificate: certificate)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(endpoint.address.description, port: Int(endpoint.port)), backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.connectionCount, logger: quiet)),
            onServerRunning: { [binding] channel in
                binding.yield((position, Endpoint(localOf: channel) ?? endpoint))
            },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw TransportError(endpoint: endpoint, door: .http, errorNumber: error.errnoCode)
        }
    }
}
