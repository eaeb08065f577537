import Foundation
import HandleClient
import HandleProtocol
import NIOCore
import NIOPosix

/// What connections cost that do nothing: memory of the node for each, and what other clients feel of them.
struct IdleConnections {
    /// Made at once.
    private static let batchCount = 256
    /// Questions whose time is measured.
    private static let questionCount = 400
    /// Bytes of a message of which the rest does not come.
    private static let partByteCount = 1_000

    let count: Int
    let progress: @Sendable (String) -> Void

    /// - Throws: `BenchError.node` when the node does not take so many.
    func measure(_ serving: NodeUnderTest.Serving, into table: inout FigureTable) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await measure(serving, group, into: &table)
            try await group.shutdownGracefully()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func measure(
        _ serving: NodeUnderTest.Serving, _ group: MultiThreadedEventLoopGroup, into table: inout FigureTable
    ) async throws {
        let alone = try await secondsPerAnswer(serving)
        let before = serving.process.anonymousByteCount ?? 0
        progress("opening \(count) connections")
        var connections: [any Channel] = []
        let bootstrap = ClientBootstrap(group: group).connectTimeout(.seconds(10))
        while connections.count < count {
            let more = (0..<min(Self.batchCount, count - connections.count)).map { _ in
                bootstrap.connect(host: "127.0.0.1", port: Int(serving.stream.port))
            }
            do {
                for connection in more { connections.append(try await connection.get()) }
            } catch {
                throw BenchError.node(
                    "it has \(connections.count) connections and takes no more: raise the limit of descriptors "
                        + "(ulimit -n) above \(count + 512)")
            }
        }
        let beside = try await secondsPerAnswer(serving)
        let idle = (serving.process.anonymousByteCount ?? 0) - before

        progress("sending a part of a message through each")
        for connection in connections {
            var part = ByteBuffer()
            part.writeBytes(Self.messageBeginning)
            try? await connection.writeAndFlush(part)
        }
        let besideSlow = try await secondsPerAnswer(serving)
        let slow = (serving.process.anonymousByteCount ?? 0) - before
        let open = connections.count { $0.isActive }
        for connection in connections { connection.close(promise: nil) }
        guard open > count / 2 else { throw BenchError.node("it has closed \(count - open) of \(count) connections") }
        let connectionCount = Double(count)
        table.figures += [
            Figure("idle connections", unit: "connections", ours: connectionCount),
            Figure(
                "memory of an idle connection (RssAnon)", unit: "bytes", ours: Double(idle) / connectionCount,
                better: .lower),
            Figure(
                "memory of one with \(Self.partByteCount) bytes of a message", unit: "bytes",
                ours: Double(slow) / connectionCount, better: .lower),
            Figure(
                "an answer over UDP beside idle ones", unit: "µs", ours: beside * 1e6, peerName: "without them",
                peer: alone * 1e6, better: .lower),
            Figure(
                "an answer over UDP beside slow ones", unit: "µs", ours: besideSlow * 1e6, peerName: "without them",
                peer: alone * 1e6, better: .lower),
        ]
    }

    /// The envelope of a long message, and some of it.
    private static let messageBeginning: [UInt8] = {
        var writer = ByteWriter()
        Envelope(version: .current, requestID: 1, messageByteCount: 100_000).write(to: &writer)
        return writer.bytes + [UInt8](repeating: 0, count: partByteCount - writer.byteCount)
    }()

    /// The median of questions that are asked one after another.
    private func secondsPerAnswer(_ serving: NodeUnderTest.Serving) async throws -> Double {
        let client = Client()
        var times: [Double] = []
        for number in 0..<Self.questionCount {
            let query = Query(handle: Array(RecordGenerator.handle(number % 100).utf8))
            let request = ClientRequest.resolution(query, at: UInt32(clamping: Int64(Date().timeIntervalSince1970)))
            let start = ContinuousClock.now
            _ = try await client.send(request, to: ServerEndpoint(serving.datagram))
            times.append((ContinuousClock.now - start).inSeconds)
        }
        return Quantity.median(times)
    }
}

extension Suite {
    /// A node with a few records, and so many connections that do nothing. Both need as many descriptors.
    public func runIdle(connections count: Int) async throws -> FigureTable {
        let folder = try BenchFolder(in: self.folder)
        let node = NodeUnderTest(program: program, directory: folder.file("node"))
        try node.initialize()
        let records = folder.file("records.ndjson")
        try RecordGenerator(count: 100).writeRecords(to: records)
        _ = try node.load(records)
        let serving = try await node.serve(core: nil, settings: ["limits.connections=\(count + 256)"])
        var table = FigureTable(seed: seed, command: "banyan bench idle --connections \(count)")
        try await IdleConnections(count: count, progress: progress).measure(serving, into: &table)
        serving.process.end()
        return table
    }
}
