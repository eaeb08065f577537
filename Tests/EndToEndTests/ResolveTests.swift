import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("`banyan resolve` against a real node, and against its files")
struct ResolveTests {
    /// A node with one handle of many kinds of values.
    struct Prepared {
        let made: MadeNode
        let node: TestNode

        init() throws {
            made = try MadeNode()
            try Prepared.put(ResolveTests.values, in: made.directory)
            node = try made.serve()
        }

        static func put(_ values: [HandleValue], in directory: String) throws {
            let registrar = try Registrar(directory: directory)
            var writer = ByteWriter()
            for value in values { value.write(to: &writer) }
            var set = ChangeSet(onConflict: .replace)
            set.append(.put(handle: Array("88.118.8/A".utf8), values: writer.bytes))
            if let rejection = try registrar.submit(set).rejections.first { throw rejection.error }
        }

        func resolve(_ arguments: String..., environment: [String] = []) throws -> TestProgram.Result {
            let server = ["--server", "127.0.0.1:\(node.udpPort)"]
            return try TestProgram.run(["resolve"] + arguments + server, environment: environment)
        }
    }

    static let values = [
        HandleValue(index: 1, timestamp: 7, type: Array("URL".utf8), data: Array("https://example.cn/深沟球".utf8)),
        HandleValue(index: 2, timestamp: 7, type: Array("RAW".utf8), data: [0, 1, 2, 0xFF]),
        HandleValue(index: 3, timestamp: 7, type: Array("EVIL".utf8), data: Array("a\u{9B}31mb\u{202E}c".utf8)),
        HandleValue(
            index: 4, timestamp: 7, timeToLive: .seconds(300), type: Array("LONG".utf8),
            data: [UInt8](repeating: UInt8(ascii: "x"), count: 3_000)),
        HandleValue(
            index: 5, timestamp: 7, permissions: [.administratorRead, .administratorWrite],
            type: Array("SECRET".utf8), data: Array("not for you".utf8)),
    ]

    @Test("shows values as people read them, over UDP and TCP", arguments: ["--udp", "--tcp"])
    func page(transport: String) throws {
        let result = try Prepared().resolve("88.118.8/A", transport)
        #expect(result.status == 0)
        #expect(result.output.contains("https://example.cn/深沟球"))
        #expect(result.output.contains("4 bytes: 000102ff"))
        #expect(result.output.contains("4 values"))
        #expect(result.output.contains("to live 5 minutes"))
        #expect(!result.output.contains("not for you"))
        #expect(result.error == "")
    }

    @Test("text from outside does not steer the terminal, and no colour without one")
    func harmless() throws {
        let result = try Prepared().resolve("88.118.8/A", "--type", "EVIL")
        #expect(result.output.contains("a\\u{9b}31mb\\u{202e}c"))
        #expect(!result.output.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B || $0.value == 0x202E })
    }

    @Test(
        "finds a handle in the forms that people paste",
        arguments: [
            "88.118.8/A", "hdl:88.118.8/A", "https://hdl.handle.net/88.118.8/A?noredirect", "88.118.8/%41",
        ])
    func forms(handle: String) throws {
        let result = try Prepared().resolve(handle, "--index", "1")
        #expect(result.status == (handle.contains("%") && !handle.contains(":") ? 1 : 0))
    }

    @Test("chooses by index and by type, and unites both")
    func selection() throws {
        let prepared = try Prepared()
        #expect(try prepared.resolve("88.118.8/A", "--index", "2").output.contains("1 value "))
        #expect(try prepared.resolve("88.118.8/A", "--index", "2", "--type", "url").output.contains("2 values"))
        #expect(try prepared.resolve("88.118.8/A", "--index", "99").status == 1)
    }

    @Test("JSON is the record of the REST API; a negative answer has its code and no values")
    func json() throws {
        let prepared = try Prepared()
        let found = try prepared.resolve("88.118.8/A", "--json", "--index", "2")
        let tree = try #require(JSONTree(parsing: Array(found.output.utf8)[...]))
        #expect(tree["responseCode"].integer == 1)
        #expect(tree["handle"].string == "88.118.8/A")
        #expect(tree["values"][0]["data"]["value"].string == "AAEC/w==")
        let missing = try prepared.resolve("88.118.8/none", "--json")
        #expect(missing.status == 1)
        #expect(missing.output == "{\"responseCode\":100,\"handle\":\"88.118.8/none\"}\n")
        #expect(missing.error == "")
    }

    @Test("hexadecimal output is the whole answer, and parses")
    func hex() throws {
        let result = try Prepared().resolve("88.118.8/A", "--hex")
        let text = Array(result.output.utf8.dropLast())
        let bytes = try #require(Hex.decode(text))
        let message = try Message(parsing: bytes.rawSpan)
        #expect(message.header.responseCode == .success)
    }

    @Test("a signed answer is checked")
    func certify() throws {
        let result = try Prepared().resolve("88.118.8/A", "--certify", "--trace")
        #expect(result.status == 0)
        #expect(result.output.contains("signature right"))
        #expect(result.error.contains("88.118.8/A: found"))
    }

    @Test(
        "negative answers end with 1 and say why",
        arguments: [
            ("88.118.8/none", "no such handle"), ("88.118.9/x", "not responsible"),
        ])
    func negative(handle: String, why: String) throws {
        let result = try Prepared().resolve(handle)
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.error.contains(why))
    }

    @Test("a server that is not there ends with 4, wrong usage with 2")
    func unreachable() throws {
        // The kernel gives no port this low to anyone who lets it choose, so no other test can have it.
        let result = try TestProgram.run(["resolve", "88.118.8/A", "--server", "127.0.0.1:1"])
        #expect(result.status == 4)
        #expect(result.error.contains("refuses"))
        for arguments in [
            ["88.118.8/A", "--udp", "--tcp"], ["88.118.8/A", "--server", "a b"], ["88.118.8/A", "--at", "2020-01-01"],
            [""],
        ] {
            #expect(try TestProgram.run(["resolve"] + arguments).status == 2, "\(arguments)")
        }
    }

    @Test("files answer as the node does, while it serves and after")
    func files() throws {
        let prepared = try Prepared()
        let asked = try prepared.resolve("88.118.8/A", "--json")
        #expect(try prepared.made.run("resolve", "88.118.8/A", "--json").output == asked.output)
        #expect(prepared.node.terminate() == 0)
        #expect(try prepared.made.run("resolve", "88.118.8/A", "--json").output == asked.output)
        #expect(try prepared.made.run("resolve", "88.118.8/none").status == 1)
        let all = try prepared.made.run("resolve", "88.118.8/A", "--all", "--index", "5")
        #expect(all.output.contains("not for you"))
        #expect(all.output.contains("administrators may read, administrators may write"))
    }

    @Test("files answer as they were at a time")
    func history() throws {
        let made = try MadeNode()
        try Prepared.put([ResolveTests.values[0]], in: made.directory)
        let now = try made.run("resolve", "88.118.8/A", "--at", "2100-01-01T00:00:00Z", "--json")
        #expect(now.output == (try made.run("resolve", "88.118.8/A", "--json").output))
        let before = try made.run("resolve", "88.118.8/A", "--at", "2020-01-01T00:00:00Z")
        #expect(before.status == 1)
    }
}
