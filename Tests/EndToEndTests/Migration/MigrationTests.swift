import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Taking a Handle server's place")
struct MigrationTests {
    @Test("everything is fetched and followed, compared, and served from the switch on")
    func wholeWay() throws {
        let server = try OldServer()
        let started = try server.start("--admin", "300:0.NA/88.118.8")
        #expect(started.status == 0, "\(started.error)")
        let same = try server.migrate("check", "--sample", "200", "--json")
        #expect(same.status == 0, "\(same.output)")
        #expect(same.output.contains(#""resolved":200,"#))

        try server.put(["SN-7", "LATER"], text: "https://b.cn")
        #expect(try server.administer("delete", "88.118.8/SN-9").status == 0)
        let behind = try server.migrate("check", "--sample", "1000")
        #expect(behind.status == 1)
        #expect(behind.output.contains("88.118.8/SN-7: value 1: data"))
        #expect(behind.output.contains("88.118.8/LATER: only there"))
        #expect(behind.output.contains("88.118.8/SN-9: code 1 here, 100 there"))
        #expect(!behind.output.contains("SN-8"))

        #expect(try server.migrate("fetch").status == 0)
        #expect(try server.migrate("check", "--sample", "1000").status == 0)
        let refused = try TestProgram.run(
            ["load", "--data", server.directory, "--format", "ndjson", "-"],
            input: Array(#"{"handle":"88.118.8/X","values":[]}"#.utf8))
        #expect(refused.status == 3)

        let switched = try server.migrate("switch")
        #expect(switched.status == 0, "\(switched.error)")
        let node = try TestNode(directory: server.directory, in: server.folder)
        #expect(try Question(handle: "88.118.8/LATER").code(overUDP: node) == 1)
        #expect(try Question(handle: "88.118.8/SN-9").code(overUDP: node) == 100)
        let created = try server.administer(
            "create", "88.118.8/NEW", "--value", "1:URL:x", at: "127.0.0.1:\(node.tcpPort)")
        #expect(created.status == 0, "\(created.error)")
        #expect(try server.migrate("switch").status == 1)
    }

    @Test("a node that serves meanwhile follows by itself, and is waited for")
    func served() throws {
        let server = try OldServer(handleCount: 50)
        #expect(try server.start().status == 0)
        let node = try TestNode(
            directory: server.directory, in: server.folder, ["--set", "mirror.interval=1s"])
        try server.put(["LATER"])
        let fetched = try server.migrate("fetch")
        #expect(fetched.status == 0, "\(fetched.error)\n\(node.log)")
        #expect(try Question(handle: "88.118.8/LATER").code(overUDP: node) == 1)
        let switched = try server.migrate("switch", "--sample", "60")
        #expect(switched.status == 0, "\(switched.error)")
        let line = Array(#"{"handle":"88.118.8/OWN","values":[{"index":1,"type":"URL","data":"x"}]}"#.utf8)
        let loaded = try TestProgram.run(
            ["load", "--data", server.directory, "--format", "ndjson", "-"], input: line)
        #expect(loaded.status == 0, "\(loaded.error)")
    }

    @Test("the old server's own key and site record can be gone on with; another key is refused")
    func identity() throws {
        let server = try OldServer(handleCount: 3)
        let site = server.folder.path + "/site.bin"
        let exported = try TestProgram.run(["site", "export", "--data", server.old.directory, "--format", "hex"])
        #expect(exported.status == 0, "\(exported.error)")
        try server.folder.write(Array(exported.output.utf8), to: "site.bin")
        let wrong = try server.start("--site", site, "--server-key", server.key)
        #expect(wrong.status == 2, "\(wrong.error)")
        let made = try server.start(
            "--site", site, "--server-key", server.old.directory + "/keys/server.pem")
        #expect(made.status == 0, "\(made.error)")
        let own = try TestProgram.run(["site", "show", "--data", server.directory]).output
        #expect(own.contains("192.0.2.7"), "\(own)")
        #expect(try server.migrate("switch").status == 0)
        let node = try TestNode(directory: server.directory, in: server.folder)
        let answer = try TestProgram.run([
            "resolve", "88.118.8/SN-1", "--server", "127.0.0.1:\(node.tcpPort)", "--tcp", "--certify",
        ])
        #expect(answer.status == 0, "\(answer.error)")
    }

    @Test("a server that is gone or differs is not replaced unless that is wanted")
    func declined() throws {
        let server = try OldServer(handleCount: 3)
        #expect(try server.start().status == 0)
        server.node.kill()
        let gone = try server.migrate("switch")
        #expect(gone.status == 1, "\(gone.error)")
        #expect(gone.error.contains("--force"))
        #expect(try server.migrate("check").status == 4)
        #expect(try server.migrate("switch", "--force").status == 0)
        let other = try MadeNode()
        #expect(try TestProgram.run(["migrate", "check", "--data", other.directory]).status == 1)
    }
}
