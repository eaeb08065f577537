import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Suspend, withdraw, resume and rules, with the real program")
struct LifecycleTests {
    private static let record =
        #"{"handle":"88.118.8/SN-1","values":[{"index":1,"type":"URL","data":"https://a.cn/"},"#
        + #"{"index":2,"type":"DESC","data":"轴承","permissions":"1100"},{"index":100,"type":"HS_ADMIN","data":"#
        + #"{"format":"admin","value":{"handle":"0.NA/88.118.8","index":300,"permissions":"111111111111"}}}]}"#

    private func made() throws -> MadeNode {
        let made = try MadeNode()
        #expect(try made.run("load", "-", input: Array(Self.record.utf8)).status == 0)
        return made
    }

    private func resolve(_ node: TestNode, _ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(["resolve", "88.118.8/SN-1", "--server", "127.0.0.1:\(node.udpPort)"] + arguments)
    }

    @Test("through the running node: answered at once, kept for administrators, journaled, and taken back")
    func served() throws {
        let made = try made()
        let node = try made.serve()
        let withdrawn = try made.run("withdraw", "88.118.8/SN-1", "88.118.8/none", "--reason", "报废 17", "--json")
        #expect(withdrawn.status == 3)
        #expect(
            withdrawn.output.contains(#"{"handle":"88.118.8/SN-1","state":"withdrawn","changed":true,"error":null}"#))
        #expect(withdrawn.output.contains(#""error":"the handle does not exist""#))
        for transport in ["--udp", "--tcp"] {
            let answer = try resolve(node, transport, "--json")
            #expect(answer.status == 0)
            let tree = try #require(JSONTree(parsing: Array(answer.output.utf8)[...]))
            #expect(tree["values"][0]["type"].string == "STATUS")
            let text = tree["values"][0]["data"]["value"].string ?? ""
            #expect(text.hasPrefix("withdrawn 20") && text.hasSuffix(" 报废 17"))
            #expect(tree["values"][1]["index"].integer == nil)
        }
        let key = made.directory + "/keys/admin-300-0.NA-88.118.8.pem"
        let own = try resolve(node, "--admin", "300:0.NA/88.118.8", "--key", key)
        #expect(own.status == 0)
        #expect(own.output.contains("轴承"))
        let created = try TestProgram.run([
            "create", "88.118.8/SN-1", "--value", "1:URL:b", "--overwrite", "--server", "127.0.0.1:\(node.tcpPort)",
            "--admin", "300:0.NA/88.118.8", "--key", key,
        ])
        #expect(created.status == 1)
        #expect(created.error.contains("code 101"))

        let history = try made.run(journal: "show", "88.118.8/SN-1")
        #expect(history.output.contains(#""operation":"withdraw""#))
        #expect(history.output.contains(#""reason":"报废 17""#))
        #expect(try made.run("stat", "--json").output.contains(#""withdrawn":1"#))
        #expect(try made.run("resume", "88.118.8/SN-1", "--reason", "误").status == 0)
        #expect(try resolve(node).output.contains("https://a.cn/"))
        #expect(try made.run("resume", "88.118.8/SN-1").output == "88.118.8/SN-1 active, as it was\n")
        #expect(try made.run(journal: "verify").status == 0)
        #expect(node.terminate() == 0)
        let checked = try made.run("check", "--full")
        #expect(checked.status == 0, "\(checked.error)")
    }

    @Test("a state survives a dump and a load", arguments: ["ndjson", "wire"])
    func dumped(format: String) throws {
        let made = try made()
        #expect(try made.run("suspend", "88.118.8/SN-1", "--answer", "7:URL:https://a.cn/recall").status == 0)
        let dump = try made.run("dump", "--format", format)
        #expect(dump.status == 0)
        let other = try MadeNode()
        let loaded = try other.run(
            "load", "-", "--format", format, "--on-conflict", "replace", input: Array(dump.output.utf8))
        #expect(loaded.status == 0, "\(loaded.error)")
        #expect(try other.run("dump", "--format", format).output == dump.output)
        #expect(try other.run("resolve", "88.118.8/SN-1").output.contains("https://a.cn/recall"))
        #expect(try other.run("stat", "--json").output.contains(#""suspended":1"#))
        #expect(try other.run("resume", "88.118.8/SN-1").status == 0)
        #expect(try other.run("resolve", "88.118.8/SN-1", "--all").output.contains("轴承"))
        #expect(try other.run("check", "--full").status == 0)
        // What cannot hold a state says so.
        for format in ["csv", "batch"] { #expect(try made.run("dump", "--format", format).status == 3) }
    }

    @Test(
        "a member that contradicts another is a bad row",
        arguments: [
            #"{"handle":"88.118.8/A","values":[],"state":"withdrawn"}"#,
            #"{"handle":"88.118.8/A","values":[],"state":"gone","answered":[]}"#,
            #"{"handle":"88.118.8/A","values":[],"state":"withdrawn","answered":[]}"#,
            #"{"handle":"88.118.8/A","values":[],"answered":[{"index":1,"type":"A","data":"b"}]}"#,
            #"{"handle":"88.118.8/A","values":[],"state":"active","answered":[{"index":1,"type":"A","data":"b"}]}"#,
        ])
    func contradictions(row: String) throws {
        let made = try MadeNode()
        #expect(try made.run("load", "-", "--format", "ndjson", input: Array(row.utf8)).status == 3)
        #expect(try made.run("resolve", "88.118.8/A").status == 1)
    }

    @Test("a suspended prefix says so, and the client does not go on to the prefix's own site")
    func suspendedPrefix() throws {
        let made = try made()
        let node = try made.serve()
        #expect(try made.run(prefix: "suspend", "88.118.8", "--reason", "unpaid").status == 0)
        let answer = try resolve(node)
        #expect(answer.status == 1)
        #expect(answer.error.contains("Prefix suspended"))
        #expect(try made.run(journal: "show", "0.NA/88.118.8").output.contains(#""reason":"unpaid""#))
        #expect(try made.run(prefix: "resume", "88.118.8").status == 0)
        #expect(try resolve(node).status == 0)
    }

    @Test("rules are set, shown, and named when a row, or a client's name, breaks them")
    func rules() throws {
        let made = try MadeNode()
        let node = try made.serve()
        let set = try made.run(
            prefix: "set", "88.118.8", "--pattern", "SN-[0-9]{2}", "--length", "5", "--characters", "A-Z0-9-")
        #expect(set.status == 0, "\(set.error)")
        let shown = try made.run(prefix: "show", "88.118.8")
        for line in ["rule pattern SN-[0-9]{2}", "rule length 5..5", "rule characters A-Z0-9-"] {
            #expect(shown.output.contains(line))
        }
        #expect(try made.run(prefix: "list", "--json").output.contains(#""rules":{"pattern":"SN-[0-9]{2}""#))
        let rows = ["SN-12", "SN-123", "SN_12", "XX-12", "sn-13"]
            .map { #"{"handle":"88.118.8/\#($0)","values":[]}"# }.joined(separator: "\n")
        let loaded = try made.run("load", "-", "--format", "ndjson", input: Array(rows.utf8))
        #expect(loaded.status == 3)
        for reason in ["rule length", "rule characters", "rule pattern"] { #expect(loaded.error.contains(reason)) }
        #expect(loaded.error.contains("2 created"))
        let created = try TestProgram.run([
            "create", "88.118.8/SN-1x", "--value", "1:URL:b", "--server", "127.0.0.1:\(node.tcpPort)", "--admin",
            "300:0.NA/88.118.8", "--key", made.directory + "/keys/admin-300-0.NA-88.118.8.pem",
        ])
        #expect(created.status == 1)
        #expect(created.error.contains("SN-[0-9]{2}"))
        #expect(try made.run(prefix: "set", "88.118.8", "--pattern", "", "--length", "none").status == 0)
        #expect(try made.run(prefix: "show", "88.118.8").output.contains("pattern") == false)
        for wrong in [["--pattern", "["], ["--length", "x"], ["--check-character", "crc"], ["--case", "maybe"], []] {
            let result = try TestProgram.run(["prefix", "set", "88.118.8", "--data", made.directory] + wrong)
            #expect(result.status == 2)
        }
    }

    @Test("case is decided when a prefix is homed, and stays while there are names")
    func caseRule() throws {
        let made = try MadeNode()
        #expect(try made.run(prefix: "add", "88.118.9", "--case", "sensitive").status == 0)
        let rows = #"{"handle":"88.118.9/a","values":[]}"# + "\n" + #"{"handle":"88.118.9/A","values":[]}"#
        #expect(try made.run("load", "-", "--format", "ndjson", input: Array(rows.utf8)).error.contains("2 created"))
        let refused = try made.run(prefix: "set", "88.118.9", "--case", "insensitive")
        #expect(refused.status == 2)
        #expect(refused.error.contains("case rule"))
        #expect(try made.run(prefix: "set", "88.118.9", "--case", "sensitive").status == 0)
    }

    @Test("wrong usage ends with 2 and teaches", arguments: ["suspend", "withdraw", "resume"])
    func usage(verb: String) throws {
        let made = try made()
        #expect(try made.run(verb).status == 2)
        let prefix = try made.run(verb, "88.118.8")
        #expect(prefix.status == 2)
        #expect(prefix.error.contains("banyan prefix"))
        #expect(try made.run(verb, "88.118.8/none").status == 1)
        #expect(try made.run(verb, "88.118.8/SN-1", "--reason", String(repeating: "x", count: 256)).status == 2)
        #expect(try TestProgram.run([verb, "--help"]).output.contains("--data /var/lib/banyan"))
    }
}

extension MadeNode {
    fileprivate func run(prefix verb: String, _ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(["prefix", verb] + arguments + ["--data", directory])
    }

    fileprivate func run(journal verb: String, _ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(["journal", verb] + arguments + ["--data", directory])
    }
}
