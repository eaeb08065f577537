import BanyanTestSupport
import HandleProtocol
import Testing

/// A primary and a mirror of it, both real nodes.
struct MirrorPair {
    let primary: MadeNode
    let primaryNode: TestNode
    let folder: TemporaryFolder
    var directory: String { folder.path + "/mirror" }

    init() throws {
        primary = try MadeNode()
        primaryNode = try primary.serve()
        folder = try TemporaryFolder()
        let made = try TestProgram.run([
            "mirror", "init", "--data", folder.path + "/mirror", "--of", address, "--as", "300:0.NA/88.118.8", "--key",
            primary.directory + "/keys/admin-300-0.NA-88.118.8.pem", "--advertise", "192.0.2.8:2641",
        ])
        guard made.status == 0 else { throw TestFailure("mirror init ended with \(made.status): \(made.error)") }
    }

    var address: String { "127.0.0.1:\(primaryNode.tcpPort)" }

    func serve() throws -> TestNode { try TestNode(directory: directory, in: folder) }

    func load(_ numbers: Range<Int>) throws {
        let lines = numbers.map { number in
            #"{"handle":"88.118.8/SN-\#(number)","values":[{"index":1,"type":"URL","data":"https://a.cn/\#(number)"}]}"#
        }
        let result = try primary.run(
            "load", "--format", "ndjson", "--on-conflict", "replace", "-",
            input: Array((lines.joined(separator: "\n") + "\n").utf8))
        guard result.status == 0 else { throw TestFailure("load ended with \(result.status): \(result.error)") }
    }

    func verify() throws -> TestProgram.Result {
        try TestProgram.run(["verify", "--data", directory, "--against", address])
    }

    /// Asks until both are the same, which they must be in the end.
    func waitUntilIdentical() throws -> Bool {
        for _ in 0..<200 where try verify().status == 0 { return true }
        return false
    }

    func figures() throws -> JSONTree? {
        let output = try TestProgram.run(["stat", "--data", directory, "--json"]).output
        return JSONTree(parsing: Array(output.utf8)[...])?["serving"]["mirror"]
    }
}

@Suite("A mirror of a primary, both real nodes")
struct MirrorTests {
    @Test("a mirror fetches everything, follows what is registered, refuses writes, and is the same in the end")
    func follows() throws {
        let pair = try MirrorPair()
        try pair.load(0..<3_000)
        let mirror = try pair.serve()
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        #expect(try Question(handle: "88.118.8/SN-2999").code(overUDP: mirror) == 1)
        try pair.load(3_000..<5_500)
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        #expect(try Question(handle: "88.118.8/SN-5499").code(overUDP: mirror) == 1)
        #expect(try pair.figures()?["state"].string == "following")
        #expect(try pair.figures()?["transactionsBehind"].integer == 0)

        let refused = try TestProgram.run([
            "create", "88.118.8/X", "--value", "1:URL:a", "--server", "127.0.0.1:\(mirror.tcpPort)", "--admin",
            "300:0.NA/88.118.8", "--key", pair.primary.directory + "/keys/admin-300-0.NA-88.118.8.pem",
        ])
        #expect(refused.status == 1)
        #expect(refused.error.contains("Not a primary server; the primary is \(pair.address)"))
        let line = Array(#"{"handle":"88.118.8/Y","values":[{"index":1,"type":"URL","data":"x"}]}"#.utf8)
        let loaded = try TestProgram.run(
            ["load", "--data", pair.directory, "--format", "ndjson", "-"], input: line)
        #expect(loaded.status == 3)
        #expect(try pair.verify().status == 0)
        #expect(mirror.terminate() == 0)
    }

    @Test("a mirror that is killed goes on where it was; what differs is named")
    func interrupted() throws {
        let pair = try MirrorPair()
        try pair.load(0..<2_000)
        var mirror = try pair.serve()
        for round in 0..<3 {
            mirror.kill()
            try pair.load(2_000 + 500 * round..<2_500 + 500 * round)
            mirror = try pair.serve()
        }
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        mirror.kill()
        try pair.load(9_000..<9_001)
        let different = try pair.verify()
        #expect(different.status == 1)
        #expect(different.output == "only there: 88.118.8/SN-9000\n")
        _ = try pair.serve()
        let journal = try TestProgram.run(["journal", "verify", "--data", pair.directory])
        #expect(journal.status == 0, "\(journal.error)")
    }
}
