import Foundation
import HandleClient

/// Resolving over UDP, interleaved with a server that looks nothing up, and over TCP.
struct ResolveRun {
    let suite: Suite
    let node: NodeUnderTest
    let peers: Peers
    /// File of requests, one a line in hexadecimal digits.
    let requests: String

    private let cores = ProcessInfo.processInfo.activeProcessorCount > 1 ? (server: 0, client: 1) : nil

    init(suite: Suite, node: NodeUnderTest, peers: Peers, requests: String) {
        self.suite = suite
        self.node = node
        self.peers = peers
        self.requests = requests
    }

    func measure(
        _ name: String, tableMemory: String, withStream: Bool, into table: inout FigureTable
    ) async throws {
        let serving = try await node.serve(core: cores?.server, tableMemory: tableMemory)
        let limit = try peers.start(
            .udplimit, ["-r", "\(min(max(serving.answerByteCount, 44), 2_048))"], core: cores?.server)
        guard let limitPort = limit.firstLine().split(separator: " ").last.map(String.init) else {
            throw BenchError.peer("udplimit", "did not say its port")
        }
        var ours: [[String: Double]] = []
        var theirs: [Double] = []
        for round in 1...max(1, suite.rounds) {
            suite.progress("resolving over UDP \(name), round \(round) of \(max(1, suite.rounds))")
            ours.append(try ask("\(serving.datagram.port)", .udpload, ["-w", "256", "-b", "64"]))
            theirs.append(try ask(limitPort, .udpload, ["-w", "256", "-b", "64"])["qps"] ?? 0)
        }
        limit.end()
        var stream: [String: Double] = [:]
        if withStream {
            suite.progress("resolving over TCP")
            stream = try ask("\(serving.stream.port)", .tcpload, ["-c", "1", "-d", "64"])
        }
        let memory = serving.process.anonymousByteCount ?? 0
        serving.process.end()
        let wrong = (ours + [stream]).reduce(0) { $0 + ($1["bad"] ?? 0) }
        guard wrong == 0 else { throw BenchError.node("\(Quantity.text(wrong)) answers were wrong") }
        table.figures += [
            Figure(
                "resolve over UDP, one core, \(name)", unit: "answers/s",
                ours: Quantity.median(ours.map { $0["qps"] ?? 0 }), peerName: "fixed answer, no look-up",
                peer: Quantity.median(theirs)),
            Figure(
                "requests lost, \(name)", unit: "requests", ours: ours.reduce(0) { $0 + ($1["lost"] ?? 0) },
                better: .lower),
        ]
        if withStream {
            table.figures.append(
                Figure("resolve over TCP, 1 connection, 64 in flight", unit: "answers/s", ours: stream["qps"] ?? 0))
        }
        table.figures.append(
            Figure(
                "serve \(name), memory (RssAnon)", unit: "MiB", ours: Double(memory) / Suite.mebibyte,
                peerName: withStream ? "target" : nil, peer: withStream ? Suite.memoryTarget : nil, better: .lower))
    }

    private func ask(_ port: String, _ program: Peers.Program, _ more: [String]) throws -> [String: Double] {
        let arguments =
            ["-f", requests, "-p", port, "-t", "\(suite.seconds)", "-s", "\(suite.seed)", "-e", "24:00000001"] + more
        // Status 1 says that some answers were wrong; the figures say how many.
        return Peers.figures(try peers.start(program, arguments, core: cores?.client).finish(accepting: [0, 1]))
    }
}
