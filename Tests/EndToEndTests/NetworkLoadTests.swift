import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("`banyan load --server`: registration in bulk over the network (RFC 3652 §3.6, §3.8)")
struct NetworkLoadTests {
    /// A served node, and a folder for inputs and the places of loads.
    struct Prepared {
        let made: MadeNode
        let node: TestNode
        let folder: TemporaryFolder

        init() throws {
            made = try MadeNode()
            node = try made.serve()
            folder = try TemporaryFolder()
        }

        var keyPath: String { made.directory + "/keys/admin-300-0.NA-88.118.8.pem" }

        func arguments(_ file: String, _ more: [String] = [], port: UInt16? = nil) -> [String] {
            [
                "load", folder.path + "/" + file, "--server", "127.0.0.1:\(port ?? node.tcpPort)", "--admin",
                "300:0.NA/88.118.8", "--key", keyPath, "--state", folder.path, "--json",
            ] + more
        }

        func load(_ text: String, as file: String, _ more: String...) throws -> (TestProgram.Result, JSONTree) {
            try folder.write(Array(text.utf8), to: file)
            let result = try TestProgram.run(arguments(file, more))
            return (result, JSONTree(parsing: Array(result.output.utf8)[...]) ?? .null)
        }

        func code(of handle: String) throws -> UInt32? { try Question(handle: handle).code(overTCP: node) }
    }

    static func row(_ name: String, _ text: String = "https://example.cn/") -> String {
        #"{"handle":"88.118.8/\#(name)","values":[{"index":1,"type":"URL","data":"\#(text)"}]}"# + "\n"
    }

    @Test(
        "what is there with the same values counts as done; otherwise --on-conflict says what is done",
        arguments: [["--connections", "3"], ["--login"], ["--encrypt", "--window", "2"]])
    func conflicts(_ kind: [String]) throws {
        let node = try Prepared()
        let rows = (1...300).map { Self.row("SN-\($0)") }.joined()
        try node.folder.write(Array(rows.utf8), to: "rows.ndjson")
        let first = try TestProgram.run(node.arguments("rows.ndjson", kind))
        #expect(first.status == 0, "\(first.error)")
        #expect(JSONTree(parsing: Array(first.output.utf8)[...])?["created"].integer == 300)
        #expect(try node.code(of: "88.118.8/SN-300") == 1)
        let again = try node.load(rows, as: "rows.ndjson")
        #expect(again.0.status == 0, "\(again.0.error)")
        #expect(again.1["unchanged"].integer == 300)

        let others = Self.row("SN-1", "https://example.cn/other") + Self.row("SN-2", "https://example.cn/other")
        let failed = try node.load(others, as: "others.ndjson", "--rejects", node.folder.path + "/rejects")
        #expect(failed.0.status == 3)
        #expect(failed.1["rejected"].integer == 2)
        #expect(String(decoding: try node.folder.read("rejects"), as: UTF8.self).contains("_error"))
        #expect(try node.load(others, as: "others.ndjson", "--on-conflict", "skip").1["skipped"].integer == 2)
        #expect(try node.load(others, as: "others.ndjson", "--on-conflict", "replace").1["replaced"].integer == 2)
    }

    @Test("rows of one handle are done in their order, and what the server refuses is a rejected row in its words")
    func order() throws {
        let node = try Prepared()
        let batch = """
            CREATE 88.118.8/A
            1 URL 86400 1110 UTF8 https://example.cn/a

            ADD 88.118.8/A
            2 EMAIL 86400 1110 UTF8 a@example.cn

            MODIFY 88.118.8/A
            2 EMAIL 86400 1110 UTF8 b@example.cn

            REMOVE 1:88.118.8/A

            CREATE 88.118.9/A
            1 URL 86400 1110 UTF8 https://example.cn/a

            CREATE 88.118.8/B

            DELETE 88.118.8/B

            """
        let (result, report) = try node.load(batch, as: "batch.txt")
        #expect(result.status == 3, "\(result.error)")
        #expect(report["rejected"].integer == 1)
        #expect(result.error.contains("88.118.9") || result.error.contains("not homed"))
        #expect(try node.code(of: "88.118.8/B") == 100)
        let values = try TestProgram.run([
            "resolve", "88.118.8/A", "--server", "127.0.0.1:\(node.node.tcpPort)", "--json",
        ])
        #expect(values.output.contains("b@example.cn") && !values.output.contains("URL"))
    }

    @Test("a batch file says itself who does what follows")
    func authenticate() throws {
        let node = try Prepared()
        let batch = """
            AUTHENTICATE PUBKEY:300:0.NA/88.118.8
            \(node.keyPath)

            SESSIONSETUP
            USESESSION:1
            OPTIONS:111

            CREATE 88.118.8/A
            1 URL 86400 1110 UTF8 https://example.cn/a

            AUTHENTICATE SECKEY:300:0.NA/88.118.8
            not the secret

            CREATE 88.118.8/B
            1 URL 86400 1110 UTF8 https://example.cn/b

            """
        try node.folder.write(Array(batch.utf8), to: "batch.txt")
        let result = try TestProgram.run([
            "load", node.folder.path + "/batch.txt", "--server", "127.0.0.1:\(node.node.tcpPort)", "--state",
            node.folder.path,
        ])
        #expect(result.status == 1, "\(result.error)")
        #expect(try node.code(of: "88.118.8/A") == 1)
        #expect(try node.code(of: "88.118.8/B") == 100)
        #expect(!result.error.contains("not the secret"))
    }

    @Test("a server that is not there ends with 4, a key that is not the administrator's with 1")
    func unreachable() throws {
        let node = try Prepared()
        try node.folder.write(Array(Self.row("A").utf8), to: "rows")
        #expect(try TestProgram.run(node.arguments("rows", ["--patience", "0"], port: 1)).status == 4)
        let other = try Prepared()
        let result = try TestProgram.run([
            "load", node.folder.path + "/rows", "--server", "127.0.0.1:\(node.node.tcpPort)", "--admin",
            "300:0.NA/88.118.8", "--key", other.keyPath, "--state", node.folder.path,
        ])
        #expect(result.status == 1, "\(result.error)")
    }

    @Test("a node that is killed in the middle and comes back: nothing is lost, nothing is done twice")
    func killed() throws {
        let made = try MadeNode()
        let folder = try TemporaryFolder()
        let count = 20_000
        try folder.write(Array((1...count).map { Self.row("SN-\($0)") }.joined().utf8), to: "rows.ndjson")
        var node = try made.serve()
        let port = node.tcpPort
        let load = try TestChild(
            TestProgram.path(),
            [
                "load", folder.path + "/rows.ndjson", "--server", "127.0.0.1:\(port)", "--admin", "300:0.NA/88.118.8",
                "--key", made.directory + "/keys/admin-300-0.NA-88.118.8.pem", "--state", folder.path, "--json",
            ], output: folder.path + "/output", error: folder.path + "/error")
        // Killed when some, and not all, are there.
        var codes: UInt32? = 100
        while codes != 1 { codes = try Question(handle: "88.118.8/SN-500").code(overTCP: node) }
        node.kill()
        node = try TestNode(directory: made.directory, ["--listen", "127.0.0.1:\(port)"])
        #expect(load.wait() == 0, "\(String(decoding: (try? folder.read("error")) ?? [], as: UTF8.self))")
        let report = try #require(JSONTree(parsing: try folder.read("output")[...]))
        #expect(report["created"].integer == Int64(count))
        #expect(report["rejected"].integer == 0)
        #expect(node.terminate() == 0)
        let dumped = try made.run("dump", "--prefix", "88.118.8", "--format", "wire")
        let names = dumped.output.split(separator: "\n").filter { $0.contains("88.118.8/SN-") }
        #expect(names.count == count)
        let journal = try TestProgram.run(["journal", "verify", "--data", made.directory])
        #expect(journal.status == 0)
    }
}
