import Foundation
import HandleClient
import NIOCore
import NIOPosix
import Testing

@testable import BanyanBench

@Suite("Load against a server on loopback")
struct LoadGeneratorTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/BanyanBench/Peers").path

    private var keys: KeySet {
        var keys = KeySet()
        for number in 0..<100 { keys.append(Array(RecordGenerator.handle(number).utf8)) }
        return keys
    }

    private func workload(_ pace: Workload.Pace, _ transport: Workload.Transport = .udp) -> Workload {
        var workload = Workload()
        workload.pace = pace
        workload.transport = transport
        workload.warmUpSeconds = 0
        workload.seconds = 30
        workload.requestCount = 2_000
        workload.timeout = 10
        return workload
    }

    /// The C program that answers every datagram with a success about the handle that was asked.
    private func withLimitServer(_ body: (ServerAddress) async throws -> Void) async throws {
        let folder = try BenchFolder(in: nil)
        let peers = try Peers(sources: LoadGeneratorTests.sources, directory: folder.path, programs: [.udplimit])
        let server = try peers.start(.udplimit, ["-r", "83"])
        let line = server.firstLine()
        let port = try #require(Int(line.split(separator: " ").last ?? ""))
        try await body(ServerAddress(host: "127.0.0.1", port: port))
        server.end()
    }

    @Test("closed loop: as many answers as asked for, each counted once, none lost", arguments: [1, 4])
    func closedLoop(sockets: Int) async throws {
        try await withLimitServer { address in
            var workload = workload(.window(16))
            workload.connectionCount = sockets
            let result = try await LoadGenerator.run(workload, keys: keys, target: LoadTarget(address))
            #expect(result.sent == 2_000)
            #expect(result.found == 2_000)
            #expect(result.negative + result.failed + result.lost + result.late + result.unsent == 0)
            #expect(result.latency.count == 2_000)
        }
    }

    @Test("open loop: what was due is sent and answered")
    func openLoop() async throws {
        try await withLimitServer { address in
            let result = try await LoadGenerator.run(workload(.rate(20_000)), keys: keys, target: LoadTarget(address))
            #expect(result.found == 2_000)
            #expect(result.unsent == 0)
        }
    }

    @Test(
        "streams: pipelined requests over one connection, and over a connection for each answer",
        arguments: [true, false])
    func streams(staysOpen: Bool) async throws {
        let server = try await EchoServer(staysOpen: staysOpen)
        var workload = workload(.window(staysOpen ? 16 : 4), .tcp)
        workload.requestCount = 200
        workload.connectionCount = staysOpen ? 1 : 4
        workload.requestsPerConnection = staysOpen ? nil : 1
        let result = try await LoadGenerator.run(workload, keys: keys, target: LoadTarget(server.address))
        #expect(result.found == 200)
        #expect(result.lost + result.failed == 0)
        try await server.close()
    }

    @Test("a server that is not there is told", arguments: [Workload.Transport.udp, .tcp])
    func nobody(transport: Workload.Transport) async throws {
        // The kernel gives no port this low to anyone who lets it choose, so no other test can have it.
        let address = ServerAddress(host: "127.0.0.1", port: 1)
        await #expect(throws: BenchError.unreachable(address.description)) {
            _ = try await LoadGenerator.run(workload(.window(4), transport), keys: keys, target: LoadTarget(address))
        }
    }

    @Test("another machine is refused unless it is named")
    func otherMachine() throws {
        let address = ServerAddress(host: "192.0.2.1", port: 2_641)
        #expect(throws: BenchError.targetNotLoopback("192.0.2.1:2641")) { try LoadTarget(address) }
        #expect(throws: BenchError.self) {
            try LoadTarget(address, allowed: ServerAddress(host: "192.0.2.1", port: 2_642))
        }
        #expect(try LoadTarget(address, allowed: address).address == address)
    }
}

/// Sends every message back as a success.
private struct EchoServer {
    private let channel: any Channel
    let address: ServerAddress

    init(staysOpen: Bool) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo(staysOpen: staysOpen))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        address = ServerAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    func close() async throws { try await channel.close() }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let staysOpen: Bool
        private var unread = ByteBuffer()

        init(staysOpen: Bool) { self.staysOpen = staysOpen }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            unread.writeBuffer(&bytes)
            while let length: UInt32 = unread.getInteger(at: unread.readerIndex + 16),
                var message = unread.readSlice(length: 20 + Int(length))
            {
                message.setInteger(UInt32(1), at: message.readerIndex + 24)
                context.writeAndFlush(NIOAny(message), promise: nil)
                if !staysOpen { return context.close(promise: nil) }
            }
        }
    }
}
