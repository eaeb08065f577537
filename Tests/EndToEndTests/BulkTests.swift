import BanyanTestSupport
import Testing

@Suite("Bulk from outside: load, dump")
struct BulkTests {
    private static func rows(_ count: Int, start: Int = 0) -> String {
        (start..<(start + count)).map { number in
            #"{"handle":"88.118.8/SN-\#(number)","values":[{"index":1,"type":"URL","data":"https://x.cn/\#(number)"}]}"#
        }.joined(separator: "\n") + "\n"
    }

    @Test("what is loaded is dumped and resolved, with a node that serves and without", arguments: [false, true])
    func loadAndDump(isServing: Bool) throws {
        let made = try MadeNode()
        let node = isServing ? try made.serve() : nil
        try made.folder.write(Array(Self.rows(5_000).utf8), to: "a.ndjson")
        let loaded = try made.run("load", made.folder.path + "/a.ndjson", "--json")
        #expect(loaded.status == 0, "\(loaded.error)")
        let result = try #require(JSONTree(parsing: Array(loaded.output.utf8)[...]))
        #expect(result["created"].integer == 5_000)
        #expect(result["rejected"].integer == 0)
        #expect(result["rows"].integer == 5_000)
        if let node {
            #expect(try Question(handle: "88.118.8/sn-4999").code(overUDP: node) == 1)
            #expect(try Question(handle: "88.118.8/SN-5000").code(overTCP: node) == 100)
        }
        let dumped = try made.run("dump", "--prefix", "88.118.8", "--format", "ndjson")
        #expect(dumped.status == 0)
        let lines = dumped.output.split(separator: "\n")
        #expect(lines.count == 5_001)
        #expect(lines.allSatisfy { JSONTree(parsing: Array($0.utf8)[...]) != nil })
        #expect(dumped.error.hasPrefix("5001 records; journal head "))
        // Fed back, everything is there already.
        let again = try made.run("load", "-", "--json", input: Array(dumped.output.utf8))
        #expect(again.status == 0)
        #expect(JSONTree(parsing: Array(again.output.utf8)[...])?["unchanged"].integer == 5_001)
    }

    @Test("exit codes: 3 for some bad rows, 1 for strict, 2 for usage and files that are none")
    func exitCodes() throws {
        let made = try MadeNode()
        let path = made.folder.path + "/a.ndjson"
        try made.folder.write(Array((Self.rows(3) + "{}\n" + Self.rows(3, start: 3)).utf8), to: "a.ndjson")
        let dry = try made.run("load", path, "--dry-run")
        #expect(dry.status == 3)
        #expect(dry.error.hasPrefix(path + ":4: handle: the member is missing; add it (column 1)\n"))
        let strict = try made.run("load", path, "--strict")
        #expect(strict.status == 1)
        #expect(try made.run("dump", "--prefix", "88.118.8").output.split(separator: "\n").count == 1)
        let rejects = made.folder.path + "/rejects"
        #expect(try made.run("load", path, "--rejects", rejects).status == 3)
        #expect(try made.folder.read("rejects").starts(with: Array(#"{"_error":"handle: the member is missing"#.utf8)))
        #expect(try made.run("load", path, "--rejects", path).status == 2)
        #expect(try made.run("load", made.folder.path + "/none").status == 2)
        #expect(try made.run("load", path, "--format", "xml").status == 2)
        #expect(try made.run("dump", "--at", "yesterday").status == 2)
        #expect(try made.run("dump", "--format", "csv").status == 3)
        #expect(try TestProgram.run(["load", "--data", made.folder.path + "/no", path]).status == 2)
    }

    @Test("a load that is killed and run again ends in the same state", arguments: FaultRounds.rounds(usual: 1))
    func killed(round: Int) throws {
        let made = try MadeNode()
        let count = 60_000
        try made.folder.write(Array(Self.rows(count).utf8), to: "a.ndjson")
        let arguments = ["load", "--data", made.directory, made.folder.path + "/a.ndjson", "--json"]
        let child = try TestChild(
            TestProgram.path(), arguments, output: made.folder.path + "/output", error: made.folder.path + "/error")
        // Killed when the first chunks are there; should it be quicker than this looks, nothing is lost by it.
        while try recordCount(of: made) < 4_096 * Int64(1 + round % 10) {}
        child.signal(9)
        child.wait()
        let again = try made.run("load", made.folder.path + "/a.ndjson", "--json")
        #expect(again.status == 0, "\(again.error)")
        let dumped = try made.run("dump", "--prefix", "88.118.8")
        #expect(dumped.output.split(separator: "\n").count == count + 1)
        let result = try #require(JSONTree(parsing: Array(again.output.utf8)[...]))
        #expect(result["created"].integer ?? 0 < Int64(count))
    }

    private func recordCount(of made: MadeNode) throws -> Int64 {
        JSONTree(parsing: Array(try made.run("stat", "--json").output.utf8)[...])?["records"].integer ?? 0
    }
}
