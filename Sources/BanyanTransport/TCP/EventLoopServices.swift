import BanyanAdmin
import NIOCore
import NIOPosix
import Synchronization
import TLSChannel

/// The event loops for streams, each with services of its own.
final class EventLoopServices: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let shared: TransportServices
    private let connectionTable: ConnectionTable
    private let loops: [ObjectIdentifier: NIOLoopBound<LoopServices>]
    /// Connections so far: the number of each is its name for the rest of the node.
    private let connectionNumber = Atomic<UInt64>(0)

    private init(
        _ group: MultiThreadedEventLoopGroup, _ shared: TransportServices, _ connectionTable: ConnectionTable,
        _ loops: [ObjectIdentifier: NIOLoopBound<LoopServices>]
    ) {
        self.group = group
        self.shared = shared
        self.connectionTable = connectionTable
        self.loops = loops
    }

    static func start(_ shared: TransportServices) async throws -> EventLoopServices {
        let configuration = shared.configuration
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.workerCount))
        let table = ConnectionTable(most: configuration.connectionCount)
        var loops: [ObjectIdentifier: NIOLoopBound<LoopServices>] = [:]
        do {
            for eventLoop in group.makeIterator() {
                loops[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
                    NIOLoopBound(try LoopServices(shared, table, on: eventLoop), eventLoop: eventLoop)
                }.get()
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        return EventLoopServices(group, shared, table, loops)
    }

    /// Gives a new connection its handler, or closes it. On the connection's event loop.
    func admit(_ channel: any Channel, isSecure: Bool) throws {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value,
            let endpoint = Endpoint(channel.remoteAddress)
        else { throw ChannelError.ioOnClosedChannel }
        let configuration = shared.configuration
        let isExempt = configuration.isExempt(endpoint.address)
        let admission = connectionTable.admit(
            endpoint.address, isExempt: isExempt, mostPerAddress: configuration.connectionsPerAddress)
        guard admission != .refused else {
            shared.counters.add(.connectionsRefused)
            // Thrown to the acceptor, which closes the connection.
            throw ChannelError.connectTimeout(.zero)
        }
        if admission == .crowded { loop.evictIdle() }
        shared.counters.add(.connectionsAccepted)
        let number = connectionNumber.wrappingAdd(1, ordering: .relaxed).newValue
        do {
            if isSecure, let certificate = shared.certificate {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(certificate.context))
            }
            let peer = Peer(endpoint, connection: number, isSecure: isSecure)
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(loop, from: endpoint, as: peer, isExempt: isExempt, at: .now()))
        } catch {
            connectionTable.release(endpoint.address)
            throw error
        }
    }

    /// Lets connections finish what is in work; those that have not by `deadline` are cut.
    func drain(until deadline: NIODeadline) async {
        await withTaskGroup(of: Void.self) { tasks in
            for loop in loops.values {
                tasks.addTask {
                    let drained = loop.eventLoop.flatSubmit { loop.value.drain() }
                    let cut = loop.eventLoop.scheduleTask(deadline: deadline) { loop.value.closeAll() }
                    try? await drained.get()
                    cut.cancel()
                }
            }
        }
        try? await group.shutdownGracefully()
    }
}
