public import BanyanIndex
public import BanyanResolver
public import Logging
import NIOCore
import Synchronization
public import TLSChannel

/// The node's doors for the Handle protocol: UDP and TCP at the same addresses and ports.
///
///     let transport = NodeTransport(configuration, index: index, administration: answer, logger: logger)
///     let bound = try await transport.start()
///     await transport.drain()
public final class NodeTransport: Sendable {
    /// Addresses with the ports that the kernel chose, in the order of the configuration.
    public struct BoundAddresses: Equatable, Sendable {
        public var udp: [Endpoint]
        public var tcp: [Endpoint]
        public var tls: [Endpoint] = []
    }

    private struct Doors: Sendable {
        var workers: WorkerGroup
        var streams: StreamWorkerGroup
        var secureStreams: SecureStreams?
    }

    private let services: TransportServices
    private let doors = Mutex<Doors?>(nil)

    /// - Parameters:
    ///   - changes: What the registrar of `index` tells of its commits; without it there is no table.
    ///   - certificate: For `secureListen`: without it nothing is opened there.
    public init(
        _ configuration: TransportConfiguration, index: HandleIndex, changes: ChangeNumbers? = nil,
        administration: @escaping Administration, quickAdministration: QuickAdministration? = nil,
        connectionClosed: @escaping ConnectionEnd = { _ in }, certificate: CertificateReload? = nil, logger: Logger
    ) {
        services = TransportServices(
            configuration: configuration, index: index, changes: changes, administration: administration,
            quickAdministration: quickAdministration, connectionClosed: connectionClosed, certificate: certificate,
            logger: logger)
    }

    /// What the doors have counted since the start.
    public var counters: TransportCounters { services.counters }
    /// Bytes of messages that have come in part, of all streams (`limits.incomplete`).
    public var incompleteByteCount: Int { services.incomplete.byteCount }
    /// The networks that the rates have limited most, each with about how many answers it did not get.
    public var limitedNetworks: [(network: String, count: UInt64)] {
        services.limiter.limitedNetworks.map { ("\($0.network)/\($0.network.isV4 ? 24 : 48)", $0.count) }
    }
    /// What the resolvers behind them have done.
    public var resolverCounters: ResolverCounters { services.resolverCounters }

    /// Opens the doors; once. When it returns, every address is answered at.
    ///
    /// - Throws: `TransportError` if an address is not free, `IndexError` if the index cannot be read. Nothing is open
    ///   then.
    public func start() async throws -> BoundAddresses {
        var listeners: [StreamListeningSocket] = []
        var sockets: [DatagramSocket] = []
        for endpoint in services.configuration.listen {
            let (listener, pair) = try bind(endpoint)
            listeners.append(listener)
            sockets += pair
        }
        var doors = Doors(
            workers: WorkerGroup(sockets, services), streams: StreamWorkerGroup(listeners, services))
        do {
            let configuration = services.configuration
            if services.certificate != nil && !configuration.secureListen.isEmpty || configuration.streamTLS != nil {
                doors.secureStreams = try await SecureStreams.open(services)
            }
            try await doors.workers.start()
            try await doors.streams.start(doors.secureStreams)
        } catch {
            await close(doors, until: .now())
            throw error
        }
        let udp = stride(from: 0, to: sockets.count, by: workerCount).map { sockets[$0].endpoint }
        let tls = doors.secureStreams?.endpoints ?? []
        self.doors.withLock { [doors] in $0 = doors }
        return BoundAddresses(udp: udp, tcp: listeners.map(\.endpoint), tls: tls)
    }

    /// Takes other limits, while the doors are open: those of `limits.` that need no restart. Connections that are open
    /// keep their idle time.
    public func reload(_ configuration: TransportConfiguration) {
        services.reload(configuration)
    }

    /// Takes no more, finishes what is in work, and closes; what is not finished in time is cut.
    public func drain(within time: Duration = .seconds(4)) async {
        guard let doors = doors.withLock({ $0.take() }) else { return }
        await close(doors, until: NIODeadline.now() + TimeAmount(time))
    }

    private func close(_ doors: Doors, until deadline: NIODeadline) async {
        services.isStopping.store(true, ordering: .relaxed)
        await doors.workers.stop()
        async let secure: Void? = doors.secureStreams?.close(until: deadline)
        await doors.streams.stop(until: deadline)
        _ = await secure
        await services.pool.finish()
    }

    private var workerCount: Int { max(1, services.configuration.workerCount) }

    /// Times to look for a port that is free for both, where the kernel chooses.
    private static let pairAttempts = 32

    /// Binds TCP first: a port that another node serves is refused there, while UDP would share it.
    private func bind(_ wanted: Endpoint) throws(TransportError) -> (StreamListeningSocket, [DatagramSocket]) {
        var attempt = 1
        while true {
            let listener = try StreamListeningSocket(binding: wanted)
            do throws(TransportError) {
                var sockets: [DatagramSocket] = []
                for _ in 0..<workerCount { sockets.append(try DatagramSocket(binding: listener.endpoint)) }
                return (listener, sockets)
            } catch {
                listener.close()
                guard wanted.port == 0, attempt < Self.pairAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
