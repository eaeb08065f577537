import Foundation
import HandleClient

/// Resolving with one worker on one core, in turn with C servers on the same core that do nothing but answer; the load
/// program is on another core.
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

    /// One way of asking, and who is asked.
    private struct Side {
        var port: String
        var arguments: [String]
    }

    /// Over UDP: single datagrams beside a server that sends a fixed answer with the same system calls; with a table
    /// also trains of datagrams, beside the same server's single ones.
    func measureDatagrams(_ name: String, tableMemory: String, into table: inout FigureTable) async throws {
        let serving = try await node.serve(core: cores?.server, tableMemory: tableMemory)
        defer { serving.process.end() }
        let limit = try peers.serve(.udplimit, ["-r", byteCount(serving)], core: cores?.server)
        defer { limit.process.end() }
        let port = "\(serving.datagram.port)"
        let singly = ["-w", "256", "-b", "64"]
        let figures = try compare(
            .udpload, Side(port: port, arguments: singly), Side(port: limit.port, arguments: singly),
            "over UDP \(name)")
        table.figures += [
            Figure(
                "resolve over UDP, one core, \(name)", unit: "answers/s", ours: figures.ours,
                peerName: "fixed answer, no look-up", peer: figures.peer),
            Figure("requests lost, \(name)", unit: "requests", ours: figures.lost, better: .lower),
        ]
        if tableMemory != "0" {
            let trains = try compare(
                .udpload, Side(port: port, arguments: ["-w", "1024", "-b", "64", "-g", "-G"]),
                Side(port: port, arguments: singly), "trains over UDP \(name)")
            table.figures.append(
                Figure(
                    "trains of one peer over UDP, \(name)", unit: "answers/s", ours: trains.ours,
                    peerName: "ours, datagrams one by one", peer: trains.peer))
        }
        let memory = Double(serving.process.anonymousByteCount ?? 0) / Suite.mebibyte
        let target = tableMemory == "0" ? Suite.memoryTarget : nil
        table.figures.append(
            Figure(
                "serve \(name), memory (RssAnon)", unit: "MiB", ours: memory,
                peerName: target.map { _ in "target" }, peer: target, better: .lower))
    }

    /// Over TCP with a table: one request under way beside an echo in C, many beside a C server that looks the same
    /// names up in a table of the same form and copies the answer.
    func measureStreams(tableMemory: String, into table: inout FigureTable) async throws {
        // All connections of the last workload, and some of the one before.
        let serving = try await node.serve(
            core: cores?.server, tableMemory: tableMemory, settings: ["limits.connections=14000"])
        defer { serving.process.end() }
        let echo = try peers.serve(.tcplimit, ["-r", byteCount(serving)], core: cores?.server)
        defer { echo.process.end() }
        let tabled = try peers.serve(
            .tcplimit, ["-r", byteCount(serving), "-n", "\(suite.count)"], core: cores?.server)
        defer { tabled.process.end() }
        let many = min(10_000, suite.count)
        let workloads = [
            (1, 1, echo.port, "echo in C"), (100, 1, echo.port, "echo in C"), (many, 1, echo.port, "echo in C"),
            (1, 64, tabled.port, "C, same table"), (100, 64, tabled.port, "C, same table"),
        ]
        for (connections, depth, peer, peerName) in workloads {
            let name = "\(Quantity.text(Double(connections))) connections, \(depth) under way on each"
            let arguments = ["-c", "\(connections)", "-d", "\(depth)"]
            let figures = try compare(
                .tcpload, Side(port: "\(serving.stream.port)", arguments: arguments),
                Side(port: peer, arguments: arguments), "over TCP, \(name)")
            table.figures.append(
                Figure(
                    "resolve over TCP, \(name)", unit: "answers/s", ours: figures.ours, peerName: peerName,
                    peer: figures.peer))
        }
    }

    private func byteCount(_ serving: NodeUnderTest.Serving) -> String {
        "\(min(max(serving.answerByteCount, 44), 2_048))"
    }

    /// Medians of rounds in turn. Wrong answers of ours end the run.
    private func compare(
        _ program: Peers.Program, _ ours: Side, _ peer: Side, _ name: String
    ) throws -> (ours: Double, peer: Double, lost: Double) {
        var figures: [[String: Double]] = []
        var theirs: [Double] = []
        for round in 1...max(1, suite.rounds) {
            suite.progress("resolving \(name), round \(round) of \(max(1, suite.rounds))")
            figures.append(try ask(ours, program))
            theirs.append(try ask(peer, program)["qps"] ?? 0)
        }
        let wrong = figures.reduce(0) { $0 + ($1["bad"] ?? 0) }
        guard wrong == 0 else { throw BenchError.node("\(Quantity.text(wrong)) answers were wrong") }
        return (
            Quantity.median(figures.map { $0["qps"] ?? 0 }), Quantity.median(theirs),
            figures.reduce(0) { $0 + ($1["lost"] ?? 0) }
        )
    }

    private func ask(_ side: Side, _ program: Peers.Program) throws -> [String: Double] {
        let arguments =
            ["-f", requests, "-p", side.port, "-t", "\(suite.seconds)", "-s", "\(suite.seed)", "-e", "24:00000001"]
            + side.arguments
        // Status 1 says that some answers were wrong; the figures say how many.
        return Peers.figures(try peers.start(program, arguments, core: cores?.client).finish(accepting: [0, 1]))
    }
}
