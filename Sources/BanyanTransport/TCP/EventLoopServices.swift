import BanyanAdmin
import NIOCore
import NIOPosix
import TLSChannel

/// The event loops for streams inside TLS, each with services of its own.
final class EventLoopServices: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let shared: TransportServices
    private let loops: [ObjectIdentifier: NIOLoopBound<LoopServices>]

    private init(
        _ group: MultiThreadedEventLoopGroup, _ shared: TransportServices,
        _ loops: [ObjectIdentifier: NIOLoopBound<LoopServices>]
    ) {
        self.group = group
        self.shared = shared
        self.loops = loops
    }

    static func start(_ shared: TransportServices) async throws -> EventLoopServices {
        let configuration = shared.configuration
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.workerCount))
        var loops: [ObjectIdentifier: NIOLoopBound<LoopServices>] = [:]
        do {
            for eventLoop in group.makeIterator() {
                loops[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
                    NIOLoopBound(try LoopServices(shared, on: eventLoop), eventLoop: eventLoop)
                }.get()
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        return EventLoopServices(group, shared, loops)
    }

    /// Gives a new connection its handler, or closes it. On the connection's event loop.
    func admit(_ channel: any Channel) throws {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)]?.value,
            let endpoint = Endpoint(channel.remoteAddress)
        else { throw ChannelError.ioOnClosedChannel }
        let configuration = shared.configuration
        let isExempt = configuration.isExempt(endpoint.address)
        let admission = shared.connectionTable.admit(
            endpoint.address, isExempt: isExempt, mostPerAddress: configuration.connectionsPerAddress)
        guard admission != .refused else {
            shared.counters.add(.connectionsRefused)
            // Thrown to the acceptor, which closes the connection.
            throw ChannelError.connectTimeout(.zero)
        }
        if admission == .crowded { loop.evictIdle() }
        shared.counters.add(.connectionsAccepted)
        let number = shared.connectionTable.nextNumber()
        do {
            if let certificate = shared.certificate {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(certificate.context))
            }
            let peer = Peer(endpoint, connection: number, isSecure: true)
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(loop, from: endpoint, as: peer, isExempt: isExempt, at: .now()))
        } catch {
            shared.connectionTable.release(endpoint.address)
            throw error
        }
    }

    /// Takes over a connection on which TLS begins, with the answer that goes on inside.
    func adopt(_ moved: MovedConnection) {
        let eventLoop = group.next()
        let opening = ClientBootstrap(group: eventLoop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = self.loops[ObjectIdentifier(channel.eventLoop)]?.value,
                        let streams = self.shared.configuration.streamTLS
                    else { throw ChannelError.ioOnClosedChannel }
                    let tls = try TLSHandler(streams.context(trusting: moved.answer.trustedKeys))
                    try channel.pipeline.syncOperations.addHandler(tls)
                    let peer = Peer(moved.endpoint, connection: moved.number)
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionHandler(loop, from: moved.endpoint, as: peer, isExempt: moved.isExempt, at: .now()))
                }
            }
            .withConnectedSocket(moved.descriptor)
        opening.whenComplete { [shared] outcome in
            switch outcome {
            case .success(let channel):
                let handler = try? channel.pipeline.syncOperations.handler(type: ConnectionHandler.self)
                handler?.resume(moved.answer)
            case .failure:
                shared.connectionTable.release(moved.endpoint.address)
                shared.counters.add(.connectionsClosed)
                shared.connectionClosed(moved.number)
            }
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

/// A connection that leaves its stream worker.
struct MovedConnection: Sendable {
    /// Whoever takes the connection closes it.
    var descriptor: CInt
    var endpoint: Endpoint
    var number: UInt64
    var isExempt: Bool
    /// What was sent of it has gone.
    var answer: AdminAnswer
}
