import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

@Suite("`banyan bench` against a real node")
struct BenchTests {
    private func prepared() throws -> TestNode {
        let made = try MadeNode()
        try ResolveTests.Prepared.put(ResolveTests.values, in: made.directory)
        return try made.serve()
    }

    @Test("asks for the handles of a data directory, and counts the answers", arguments: ["--udp", "--tcp"])
    func index(transport: String) throws {
        let node = try prepared()
        let result = try TestProgram.run([
            "bench", "resolve", "--server", "127.0.0.1:\(node.udpPort)", "--data", node.directory, transport, "--json",
            "--requests", "500", "--seconds", "60", "--warm-up", "0", "--window", "8", "--timeout", "30",
        ])
        #expect(result.status == 0, "\(result.error)")
        let report = try #require(JSONTree(parsing: Array(result.output.utf8)[...]))
        #expect(report["sent"].integer == 500)
        #expect(report["found"].integer == 500)
        #expect(report["lost"].integer == 0)
        #expect(report["transport"].string == String(transport.dropFirst(2)))
    }

    @Test("asks for the handles of a file at a rate, and tells which are not there")
    func file() throws {
        let node = try prepared()
        let folder = try TemporaryFolder()
        try folder.write(Array("# handles\n88.118.8/A\n\n88.118.8/none\r\n".utf8), to: "keys")
        let result = try TestProgram.run([
            "bench", "resolve", "--server", "127.0.0.1:\(node.udpPort)", "--keys", folder.path + "/keys", "--rate",
            "2000", "--requests", "200", "--seconds", "60", "--warm-up", "0", "--json", "--timeout", "30",
        ])
        #expect(result.status == 0, "\(result.error)")
        let report = try #require(JSONTree(parsing: Array(result.output.utf8)[...]))
        let found = report["found"].integer ?? 0
        let negative = report["negative"].integer ?? 0
        #expect(found > 0 && negative > 0 && found + negative == 200)
        #expect(report["keys"].integer == 2)
    }

    @Test("another machine is refused, and told how to name it")
    func otherMachine() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("88.118.8/A\n".utf8), to: "keys")
        let result = try TestProgram.run([
            "bench", "resolve", "--server", "192.0.2.1:2641", "--keys", folder.path + "/keys",
        ])
        #expect(result.status == 2)
        #expect(result.error.contains("--allow-target 192.0.2.1:2641"))
    }

    @Test("a server that is not there ends with 4")
    func nobody() throws {
        let node = try prepared()
        #expect(node.terminate() == 0)
        let result = try TestProgram.run([
            "bench", "resolve", "--server", "127.0.0.1:1", "--data", node.directory,
        ])
        #expect(result.status == 4)
    }

    @Test("the suite runs to its end and gives each figure with what stands beside it")
    func suite() throws {
        let peers = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/BanyanBench/Peers").path
        let folder = try TemporaryFolder()
        let result = try TestProgram.run([
            "bench", "all", "--handles", "500", "--rounds", "1", "--seconds", "0.2", "--json", "--peers", peers,
            "--directory", folder.path,
        ])
        #expect(result.status == 0, "\(result.error)")
        let table = try #require(JSONTree(parsing: Array(result.output.utf8)[...]))
        let figures = try #require(table["figures"].array)
        #expect(figures.count == 21)
        for figure in figures where figure["workload"].string?.contains("lost") == false {
            // In a fifth of a second on a busy machine nobody may be answered: then the peer was not either.
            #expect(Self.isPositive(figure["ours"]) || !Self.isPositive(figure["peer"]), "\(figure)")
        }
    }

    private static func isPositive(_ number: JSONTree) -> Bool {
        switch number {
        case .integer(let value): value > 0
        case .number(let value): value > 0
        default: false
        }
    }

    @Test(
        "registers at a node, many requests at once", arguments: [[], ["--login"], ["--encrypt"], ["--window", "1"]])
    func register(_ more: [String]) throws {
        let made = try MadeNode()
        let node = try made.serve()
        let result = try TestProgram.run(
            [
                "bench", "register", "--server", "127.0.0.1:\(node.tcpPort)", "--prefix", "88.118.8", "--admin",
                "300:0.NA/88.118.8", "--key", made.directory + "/keys/admin-300-0.NA-88.118.8.pem", "--seconds", "0.2",
                "--json",
            ] + more)
        #expect(result.status == 0, "\(result.error)")
        let report = try #require(JSONTree(parsing: Array(result.output.utf8)[...]))
        #expect(report["refused"].integer == 0)
        #expect(report["lost"].integer == 0)
        #expect(report["registered"].integer ?? 0 > 0)
    }
}
