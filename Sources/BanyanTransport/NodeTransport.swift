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
        var loops: EventLoopServices
        var listeners: [StreamListener]
    }

    private let services: TransportServices
    private let doors = Mutex<Doors?>(nil)

    /// - Parameters:
    ///   - changes: What the registrar of `index` tells of its commits; without it there is no table.
    ///   - certificate: For `secureListen`: without it nothing is opened there.
    public init(
        _ configuration: TransportConfiguration, index: HandleIndex, changes: ChangeNumbers? = nil,
        administration: @escaping Administration, connectionClosed: @escaping ConnectionEnd = { _ in },
        certificate: CertificateReload? = nil, logger: Logger
    ) {
        services = TransportServices(
            configuration: configuration, index: index, changes: changes, administration: administration,
            connectionClosed: connectionClosed, certificate: certificate, logger: logger)
    }

    /// What the doors have counted since the start.
    public var counters: TransportCounters { services.counters }
    /// What the resolvers behind them have done.
    public var resolverCounters: ResolverCounters { services.resolverCounters }

    /// Opens the doors; once. When it returns, every address is answered at.
    ///
    /// - Throws: `TransportError` if an address is not free, `IndexError` if the index cannot be read. Nothing is open
    ///   then.
    public func start() async throws -> BoundAddresses {
        let loops = try await EventLoopServices.start(services)
        var listeners: [StreamListener] = []
        var sockets: [DatagramSocket] = []
        var workers: WorkerGroup?
        do {
            for endpoint in services.configuration.listen {
                let (listener, pair) = try await bind(endpoint, on: loops)
                listeners.append(listener)
                sockets += pair
            }
            if services.certificate != nil {
                for endpoint in services.configuration.secureListen {
                    listeners.append(try await StreamListener.bind(endpoint, isSecure: true, on: loops))
                }
            }
            let group = WorkerGroup(sockets, services)
            workers = group
            try await group.start()
            doors.withLock { $0 = Doors(workers: group, loops: loops, listeners: listeners) }
        } catch {
            services.isStopping.store(true, ordering: .relaxed)
            await workers?.stop()
            await close(listeners, loops, until: .now())
            throw error
        }
        let udp = stride(from: 0, to: sockets.count, by: workerCount).map { sockets[$0].endpoint }
        let tcp = listeners.filter { !$0.isSecure }.map(\.endpoint)
        return BoundAddresses(udp: udp, tcp: tcp, tls: listeners.filter(\.isSecure).map(\.endpoint))
    }

    /// Takes other limits, while the doors are open: those of `limits.` that need no restart. Connections that are open
    /// keep their idle time.
    public func reload(_ configuration: TransportConfiguration) {
        services.reload(configuration)
    }

    /// Takes no more, finishes what is in work, and closes; what is not finished in time is cut.
    public func drain(within time: Duration = .seconds(4)) async {
        guard let doors = doors.withLock({ $0.take() }) else { return }
        services.isStopping.store(true, ordering: .relaxed)
        let deadline = NIODeadline.now() + TimeAmount(time)
        await doors.workers.stop()
        await close(doors.listeners, doors.loops, until: deadline)
    }

    private func close(_ listeners: [StreamListener], _ loops: EventLoopServices, until deadline: NIODeadline) async {
        for listener in listeners { await listener.close() }
        await loops.drain(until: deadline)
        await services.pool.finish()
    }

    private var workerCount: Int { max(1, services.configuration.workerCount) }

    /// Times to look for a port that is free for both, where the kernel chooses.
    private static let pairAttempts = 32

    /// Binds TCP first: a port that another node serves is refused there, while UDP would share it.
    private func bind(
        _ wanted: Endpoint, on loops: EventLoopServices
    ) async throws -> (StreamListener, [DatagramSocket]) {
        var attempt = 1
        while true {
            let listener = try await StreamListener.bind(wanted, isSecure: false, on: loops)
            do throws(TransportError) {
                var sockets: [DatagramSocket] = []
                for _ in 0..<workerCount { sockets.append(try DatagramSocket(binding: listener.endpoint)) }
                return (listener, sockets)
            } catch {
                await listener.close()
                guard wanted.port == 0, attempt < Self.pairAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
