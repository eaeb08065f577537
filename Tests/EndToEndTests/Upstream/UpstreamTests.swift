import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("An enterprise's prefix from the SNMS call to the national review and back")
struct UpstreamTests {
    /// A node that is linked to a top-level node, and an operator who has signed in.
    static func linked(
        _ arguments: [String] = []
    ) throws -> (client: SNMSClient, top: TestTopNode) {
        var top: TestTopNode?
        var client = try SNMSClient(settings: ["upstream.interval=1"]) { made in
            let started = try TestTopNode(for: made.directory, arguments)
            top = started
            try started.lead(made.directory)
        }
        guard let top else { throw TestFailure("no top-level node") }
        try client.logIn("admin", SNMSClient.operatorPassword)
        return (client, top)
    }

    /// The members of a verb's JSON lines.
    static func lines(_ arguments: [String]) throws -> [JSONTree] {
        let result = try TestProgram.run(arguments)
        guard result.status == 0 else { throw TestFailure("\(arguments): \(result.error)") }
        return result.output.split(separator: "\n").compactMap { JSONTree(parsing: Array($0.utf8)[...]) }
    }

    static func states(_ directory: String) throws -> [String: String] {
        let rows = try lines(["prefix", "applications", "--data", directory, "--json"])
        return Dictionary(
            rows.map { ($0["prefix"].string ?? "", $0["state"].string ?? "") }, uniquingKeysWith: { $1 })
    }

    /// Looks again until it is so; each look is a program of its own, so this ends.
    static func until(_ what: String, _ isSo: () throws -> Bool) throws {
        for _ in 0..<2_000 where try isSo() { return }
        throw TestFailure("never so: \(what)")
    }

    @Test("applied for, approved here, reviewed there, hosted, and identifiers resolve; then an order from above")
    func life() throws {
        let (client, top) = try Self.linked()
        let directory = client.made.directory
        let form = SNMSClient.application(
            for: "88.118.8.1", user: "gamma", code: "91370000000000001X", file: try client.upload())
        #expect(try client.told("POST", "/snms/api/v3/ent/apply", form) == "1 success")
        #expect(try TestProgram.run(["prefix", "approve", "88.118.8.1", "--data", directory]).status == 0)
        try Self.until("told") { try top.say("list") == "88.118.8.1 waiting enterprise=10000 -" }
        #expect(try Self.states(directory) == ["88.118.8.1": "inReview"])
        // Approving it once more is the upstream's business.
        #expect(try TestProgram.run(["prefix", "approve", "88.118.8.1", "--data", directory]).status == 1)
        #expect(try top.say("approve 88.118.8.1") == "approve 88.118.8.1: queued")
        try Self.until("approved") { try Self.states(directory) == ["88.118.8.1": "approved"] }
        #expect(
            try client.told(
                "POST", "/snms/api/ent/config",
                #"{"proxyServerId":1,"entPrefixConfig":{"entPrefix":"88.118.8.1"}}"#) == "1 success")
        try Self.until("configured") { try top.say("list") == "88.118.8.1 approved enterprise=10000 ok" }
        let record = #"{"handle":"88.118.8.1/SN-1","values":[{"index":1,"type":"URL","data":"u"}]}"#
        #expect(try client.made.run("load", "-", input: Array(record.utf8)).status == 0)
        let server = "127.0.0.1:\(client.node.tcpPort)"
        #expect(try TestProgram.run(["resolve", "88.118.8.1/SN-1", "--server", server]).status == 0)
        #expect(try top.say("suspend 88.118.8.1 整改") == "suspend 88.118.8.1: queued")
        try Self.until("suspended") { try Self.states(directory) == ["88.118.8.1": "suspended"] }

        let receipts = try Self.lines(["upstream", "receipts", "--data", directory, "--json"])
        #expect(receipts.map { $0["outcome"].string } == ["pending", "done"])
        let notices = try Self.lines(["upstream", "notices", "--data", directory, "--json"])
        #expect(notices.map { $0["content"].string } == ["approval", "suspension"])
        #expect(notices.last?["words"].string == "整改")
        let status = try Self.lines(["upstream", "status", "--data", directory, "--json"])
        #expect(status.first?["waiting"].integer == 0)
        #expect(status.first?["serving"]["upstream"]["notices"].integer == 2)
        let outbox = try Self.lines(["upstream", "outbox", "--data", directory, "--json"])
        #expect(outbox.map { $0["matter"].string } == ["application", "configuration"])
        let first = try #require(outbox.first?["sequence"].integer)
        let replay = try TestProgram.run(["upstream", "replay", "--from", "\(first)", "--data", directory])
        #expect(replay.status == 0, "\(replay.error)")
        #expect(try TestProgram.run(["upstream", "replay", "--from", "999999", "--data", directory]).status == 1)
        #expect(try TestProgram.run(["journal", "verify", "--data", directory]).status == 0)
        #expect(top.terminate() == 0)
    }

    @Test("both are killed at random: nothing is lost, and nothing is done twice")
    func kills() throws {
        var (client, top) = try Self.linked(["--decide", "approve"])
        let directory = client.made.directory
        var generator = SeededGenerator(seed: 7)
        let count = FaultRounds.rounds(usual: 6).count
        var prefixes: [String] = []
        for number in 1...count {
            let prefix = "88.118.8.\(number)"
            try client.logIn("admin", SNMSClient.operatorPassword)
            let form = SNMSClient.application(
                for: prefix, user: "user\(number)", code: "\(1_000_000_000 + number)", file: try client.upload())
            #expect(try client.told("POST", "/snms/api/v3/ent/apply", form) == "1 success")
            #expect(try TestProgram.run(["prefix", "approve", prefix, "--data", directory]).status == 0)
            prefixes.append(prefix)
            // Somewhere between the commit and the end of all that follows from it.
            for _ in 0..<Int.random(in: 0..<4, using: &generator) { _ = try Self.states(directory) }
            if Bool.random(using: &generator) {
                client.node.kill()
                try client.serveAgain()
            } else {
                top.kill()
                try top.startAgain()
            }
        }
        try Self.until("all approved") {
            let states = try Self.states(directory)
            return prefixes.allSatisfy { states[$0] == "approved" }
        }
        try Self.until("queue empty") { top.events.count { !$0["messageTaken"].isNull } == count }
        let events = top.events
        for (name, key) in [("prefixCreated", "prefix"), ("decided", "prefix"), ("enterpriseCreated", "certificate")] {
            let subjects = events.compactMap { $0[name][key].string }
            #expect(subjects.count == count && Set(subjects).count == count, "\(name)")
        }
        let notices = try Self.lines(["upstream", "notices", "--data", directory, "--json"])
        #expect(notices.count == count && notices.allSatisfy { $0["outcome"].string == "applied" })
        let receipts = try Self.lines(["upstream", "receipts", "--data", directory, "--json"])
        #expect(receipts.count == count && receipts.allSatisfy { $0["outcome"].string == "pending" })
        #expect(try TestProgram.run(["journal", "verify", "--data", directory]).status == 0)
        #expect(try client.made.run("check", "--full").status == 0)
    }

    @Test("settings that do not fit are named, and the node does not start")
    func settings() throws {
        let made = try MadeNode()
        for (settings, words) in [
            (["upstream.server=127.0.0.1:1"], "upstream.user is not set"),
            (["upstream.server=127.0.0.1:1", "upstream.user=a"], "upstream.name is not set"),
            (
                ["upstream.server=127.0.0.1:1", "upstream.user=a", "upstream.pinned-key=12"],
                "upstream.pinned-key is no SHA-256 digest"
            ),
            (["upstream.server=example.cn:1"], "upstream.server"),
            (["upstream.server=127.0.0.1:1", "upstream.user=a", "upstream.name=top"], "upstream-password"),
        ] {
            let result = try TestProgram.run(
                ["serve", "--data", made.directory, "--listen", "127.0.0.1:0"] + settings.flatMap { ["--set", $0] })
            #expect(result.status == 2, "\(settings)")
            #expect(result.error.contains(words), "\(result.error)")
        }
    }
}
