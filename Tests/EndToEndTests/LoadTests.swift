import BanyanTestSupport
import Glibc
import Testing

@Suite("Records in bulk, into files and into a node that serves")
struct LoadTests {
    private static func lines(_ numbers: Range<Int>) -> [UInt8] {
        var text = ""
        for number in numbers {
            let value = #"{"index":1,"type":"URL","data":"https://a.cn/\#(number)"}"#
            text += #"{"handle":"88.118.8/SN-\#(number)","values":[\#(value)]}"#
            text += "\n"
        }
        return Array(text.utf8)
    }

    @Test("what was loaded before is served, by UDP and TCP")
    func before() throws {
        let made = try MadeNode()
        try made.folder.write(Self.lines(0..<3), to: "records.ndjson")
        #expect(try made.run("load", made.folder.path + "/records.ndjson").status == 0)
        let node = try made.serve()
        for number in 0..<3 {
            #expect(try Question(handle: "88.118.8/sn-\(number)").code(overUDP: node) == 1)
            #expect(try Question(handle: "88.118.8/SN-\(number)").code(overTCP: node) == 1)
        }
        #expect(try Question(handle: "88.118.8/SN-3").code(overUDP: node) == 100)
    }

    @Test("a load while the node serves goes through it, and is answered at once")
    func whileServing() throws {
        let made = try MadeNode()
        let node = try made.serve()
        #expect(try Question(handle: "88.118.8/SN-0").code(overUDP: node) == 100)
        #expect(try made.run("load", "--format", "ndjson", "-", input: Self.lines(0..<5_000)).status == 0)
        for number in [0, 4_095, 4_096, 4_999] {
            #expect(try Question(handle: "88.118.8/SN-\(number)").code(overUDP: node) == 1)
        }
        // Rows that the rules refuse come back through the node, too.
        let foreign = Array(#"{"handle":"88.118.9/X","values":[{"index":1,"type":"URL","data":"x"}]}"#.utf8)
        #expect(try made.run("load", "--format", "ndjson", "-", input: foreign).status == 3)
        #expect(try made.run("prefix", "list").status == 2)
        #expect(try made.run("stat", "--json").output.contains(#""serving":{"pid":"#))
    }

    @Test("prefixes change while the node serves")
    func prefixes() throws {
        let made = try MadeNode()
        let node = try made.serve()
        func prefix(_ verb: String...) throws -> Int32 {
            try TestProgram.run(["prefix"] + verb + ["--data", made.directory]).status
        }
        #expect(try Question(handle: "88.118.9/X").code(overUDP: node) == 301)
        #expect(try prefix("add", "88.118.9") == 0)
        #expect(try Question(handle: "88.118.9/X").code(overUDP: node) == 100)
        #expect(try Question(handle: "88.118.9").code(overUDP: node) == 1)
        #expect(try prefix("suspend", "88.118.9") == 0)
        #expect(try Question(handle: "88.118.9/X").code(overUDP: node) != 100)
        #expect(try prefix("resume", "88.118.9") == 0)
        #expect(try Question(handle: "88.118.9/X").code(overUDP: node) == 100)
        #expect(try prefix("remove", "88.118.9") == 0)
        #expect(try Question(handle: "88.118.9/X").code(overUDP: node) == 301)
        #expect(try prefix("remove", "88.118.9") == 2)
    }

    @Test(
        "kill -9 in the middle of a load through the node loses nothing that was acknowledged",
        arguments: FaultRounds.rounds(usual: 1))
    func kill(round: Int) throws {
        signal(SIGPIPE, SIG_IGN)
        let made = try MadeNode()
        let first = try made.serve()
        #expect(try made.run("load", "--format", "ndjson", "-", input: Self.lines(0..<5_000)).status == 0)
        let pipe = made.folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        // Both ends in one hand: otherwise each end would wait for the other to be opened.
        let both = open(pipe, O_RDWR | O_CLOEXEC)
        let loader = try TestChild(
            TestProgram.path(), ["load", "--data", made.directory, "--format", "ndjson", "--json", "-"], input: pipe,
            output: made.folder.path + "/output", error: made.folder.path + "/error")
        let descriptor = open(pipe, O_WRONLY | O_CLOEXEC)
        close(both)
        write(Self.lines(5_000..<25_000 + 97 * round), to: descriptor)
        first.kill()
        write(Self.lines(25_000 + 97 * round..<45_000), to: descriptor)
        close(descriptor)
        #expect(loader.wait() != 0)
        let summary = try #require(JSONTree(parsing: try made.folder.read("output")[...]))
        let second = try made.serve()
        #expect(try Question(handle: "88.118.8/SN-4999").code(overUDP: second) == 1)
        let listing = try TestProgram.run(["prefix", "list", "--json", "--data", made.directory]).output
        let handleCount = try #require(JSONTree(parsing: Array(listing.utf8)[...])?["handles"].integer)
        #expect(handleCount >= 5_000 + (summary["created"].integer ?? 0))
        // A chunk is there whole or not at all, and the files are sound.
        #expect(try made.run("check", "--full").status == 0)
        #expect(second.terminate() == 0)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            offset += count
        }
    }
}
