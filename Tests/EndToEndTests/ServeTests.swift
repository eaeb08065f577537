import BanyanTestSupport
import Glibc
import Testing

@Suite("A node from outside: init, serve, stop")
struct ServeTests {
    @Test("what init has made is served: the prefix by UDP and TCP, nothing else")
    func firstAnswer() throws {
        let node = try MadeNode().serve()
        for handle in ["0.NA/88.118.8", "88.118.8", "0.na/88.118.8"] {
            #expect(try Question(handle: handle).code(overUDP: node) == 1)
            #expect(try Question(handle: handle).code(overTCP: node) == 1)
        }
        #expect(try Question(handle: "88.118.8/none").code(overUDP: node) == 100)
        #expect(try Question(handle: "88.118.9/none").code(overUDP: node) == 301)
    }

    @Test("the ready file and the log are JSON, with the ports that the kernel chose")
    func readyFile() throws {
        let node = try MadeNode().serve()
        let ready = try #require(JSONTree(parsing: Array(node.readyFile.utf8)[...]))
        #expect(ready["pid"].integer == Int64(node.child.identifier))
        #expect(ready["udp"][0].string == "127.0.0.1:\(node.udpPort)")
        #expect(ready["tcp"][0].string == "127.0.0.1:\(node.tcpPort)")
        #expect(node.udpPort == node.tcpPort)
        for line in node.log.split(separator: "\n") { #expect(JSONTree(parsing: Array(line.utf8)[...]) != nil) }
    }

    @Test("SIGTERM ends it with 0, with a connection open")
    func terminate() throws {
        let node = try MadeNode().serve()
        let idle = try TestSocket.stream(to: node.tcpPort)
        try idle.send(Question(handle: "88.118.8").bytes)
        _ = idle.readMessage()
        #expect(node.terminate() == 0)
        #expect(idle.receive() == [])
    }

    @Test("a directory in use ends serve and init with 6, and changes nothing")
    func inUse() throws {
        let made = try MadeNode()
        let node = try made.serve()
        #expect(try made.run("serve", "--listen", "127.0.0.1:0").status == 6)
        #expect(try made.run("init", "--prefix", "88.118.9").status == 6)
        #expect(try Question(handle: "88.118.8").code(overUDP: node) == 1)
        #expect(try Question(handle: "88.118.9").code(overUDP: node) == 301)
    }

    @Test("init never overwrites a node")
    func exists() throws {
        let made = try MadeNode()
        let before = try made.folder.read("data/keys/server.pem")
        let result = try made.run("init", "--prefix", "88.118.8")
        #expect(result.status == 2)
        #expect(result.error.contains("holds a node already"))
        #expect(try made.folder.read("data/keys/server.pem") == before)
    }

    @Test("keys are private, and a node whose keys others may read does not start")
    func keys() throws {
        let made = try MadeNode()
        #expect(try made.folder.mode(of: "data") == 0o750)
        #expect(try made.folder.mode(of: "data/keys/server.pem") == 0o600)
        try made.folder.setMode(0o644, of: "data/keys/server.pem")
        let result = try made.run("serve", "--listen", "127.0.0.1:0")
        #expect(result.status == 2)
        #expect(result.error.contains("keys/server.pem can be read by others"))
    }

    @Test("a wrong configuration ends with 2, and names file, line and key")
    func configuration() throws {
        let made = try MadeNode()
        try made.folder.write(Array("# settings\n[limits]\nidle = \"soon\"\n".utf8), to: "data/banyan.toml")
        let result = try made.run("serve", "--listen", "127.0.0.1:0")
        #expect(result.status == 2)
        #expect(result.error.contains("banyan.toml:3: limits.idle: found \"soon\"; accepted: seconds"))
    }

    @Test(
        "wrong usage ends with 2",
        arguments: [
            ["nosuch"], ["serve"], ["init", "--data", "/nonexistent/x"], ["serve", "--data", "/nonexistent/x"],
            ["init", "--data", "/nonexistent/x", "--prefix", "a/b"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--listen", "localhost"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--admin", "0.NA/8"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--digest", "md5"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8..1"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8\n1"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--site", "/nonexistent/site"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--site", "/etc/passwd", "--advertise", "192.0.2.7"],
            ["init", "--data", "/nonexistent/x", "--prefix", "8", "--server-key", "/tmp"],
            ["sample", "registries", "--prefix", ""], ["sample", "registries", "--prefix", "8/1"],
            ["key", "inspect", "/nonexistent/key"], ["key", "generate", "/etc/passwd", "--algorithm", "ed25519"],
            ["resolve", "8/1", "--data", "/nonexistent/x"],
        ])
    func usage(arguments: [String]) throws {
        let result = try TestProgram.run(arguments)
        #expect(result.status == 2)
        #expect(!result.error.isEmpty)
        #expect(result.output.isEmpty)
    }

    @Test("a directory that may not be looked into is not taken for an empty one")
    func forbidden() throws {
        let made = try MadeNode()
        try made.folder.setMode(0o000, of: "data")
        defer { try? made.folder.setMode(0o750, of: "data") }
        // Whoever may read everything sees the node.
        guard access(made.directory, R_OK) != 0 else { return }
        let result = try made.run("stat")
        #expect(result.status == 2)
        #expect(result.error.contains("Permission denied"))
    }

    @Test(
        "data that cannot be written end a verb with 5",
        arguments: [["stat", "--json"], ["site", "export"], ["dump"], ["prefix", "list"], ["resolve", "88.118.8"]])
    func fullOutput(verb: [String]) throws {
        let made = try MadeNode()
        let child = try TestChild(
            TestProgram.path(), verb + ["--data", made.directory], output: "/dev/full",
            error: made.folder.path + "/error")
        #expect(child.wait() == 5)
        #expect(try String(decoding: made.folder.read("error"), as: UTF8.self).contains("No space left on device"))
    }

    @Test("a wrong --set ends with 2, and names the option")
    func set() throws {
        let result = try MadeNode().run("serve", "--set", "limits.idle=0")
        #expect(result.status == 2)
        #expect(result.error.contains("limits.idle: found 0; accepted: seconds from 1"))
    }

    @Test("a failed restore leaves nothing behind")
    func failedRestore() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("no backup".utf8), to: "backup")
        for (file, status) in [("backup", 5 as Int32), ("none", 2)] {
            let result = try TestProgram.run(["restore", folder.path + "/" + file, "--data", folder.path + "/data"])
            #expect(result.status == status)
            #expect(throws: (any Error).self) { try folder.mode(of: "data") }
        }
    }

    @Test("a server key that answers cannot be signed with is refused")
    func serverKey() throws {
        let folder = try TemporaryFolder()
        let key = folder.path + "/key"
        #expect(try TestProgram.run(["key", "generate", key, "--algorithm", "ed25519"]).status == 0)
        let made = try TestProgram.run(["init", "--data", folder.path + "/data", "--prefix", "8", "--server-key", key])
        #expect(made.status == 2)
        #expect(made.error.contains("not supported"))
        let node = try MadeNode()
        #expect(try TestProgram.run(["site", "set", "--data", node.directory, "--server-key", key]).status == 2)
    }

    @Test("a failed init leaves nothing behind")
    func failedInit() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("no site".utf8), to: "site")
        let result = try TestProgram.run(
            ["init", "--data", folder.path + "/data", "--prefix", "8", "--site", folder.path + "/site"])
        #expect(result.status == 2)
        #expect(result.error.contains(folder.path + "/site"))
        #expect(throws: (any Error).self) { try folder.mode(of: "data") }
    }
}
