import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("`banyan key` from the command line")
struct KeyVerbTests {
    private func run(_ arguments: String...) throws -> TestProgram.Result { try TestProgram.run(["key"] + arguments) }

    @Test("a key keeps its identity through every form, encrypted ones too", arguments: ["rsa", "sm2"])
    func convert(type: String) throws {
        let folder = try TemporaryFolder()
        func path(_ name: String) -> String { folder.path + "/" + name }
        try folder.write(Array("correct horse\n".utf8), to: "pass")
        #expect(try run("generate", path("key.pem"), "--type", type).status == 0)
        let original = try run("inspect", path("key.pem")).output
        #expect(original.contains("private \(type.uppercased())"))
        // The Handle tools know no SM2 key files.
        let forms = type == "rsa" ? ["pem", "pkcs8", "handle"] : ["pem", "pkcs8"]
        for form in forms {
            #expect(try run("convert", path("key.pem"), "--to", form, "--output", path(form)).status == 0)
            #expect(try run("inspect", path(form)).output == original, "\(form)")
        }
        for form in forms where form != "pkcs8" {
            let sealed = path(form + ".sealed")
            let written = try run(
                "convert", path("key.pem"), "--to", form, "--output", sealed, "--new-passphrase-file", path("pass"))
            #expect(written.status == 0, "\(written.error)")
            #expect(try run("inspect", sealed).status == 2)
            #expect(try run("inspect", sealed, "--passphrase-file", path("pass")).output == original)
        }
        #expect(
            try run(
                "convert", path("key.pem"), "--to", "pkcs8", "--output", path("x"), "--new-passphrase-file",
                path("pass")
            ).status == 2)
    }

    @Test("a secret key is written to its file and nowhere else")
    func secret() throws {
        let folder = try TemporaryFolder()
        let made = try run("generate", folder.path + "/secret", "--type", "secret")
        #expect(made.status == 0 && made.output.isEmpty && made.error.isEmpty)
        #expect(try folder.read("secret").count == 65)
        #expect(try run("generate", folder.path + "/secret", "--type", "secret").status != 0)
    }

    @Test("whose a key is, and whether the node takes it: by the files and by trying it")
    func standing() throws {
        let made = try MadeNode()
        let key = made.directory + "/keys/admin-300-0.NA-88.118.8.pem"
        let folder = try TemporaryFolder()
        #expect(try run("generate", folder.path + "/other.pem").status == 0)
        let local = try run("inspect", key, "--data", made.directory, "--admin", "300:0.NA/88.118.8")
        #expect(local.status == 0, "\(local.output)")
        #expect(local.output.contains("held by 300:0.NA/88.118.8"))
        let node = try made.serve()
        let server = ["--server", "127.0.0.1:\(node.tcpPort)", "--admin", "300:0.NA/88.118.8"]
        let remote = try TestProgram.run(["key", "inspect", key] + server)
        #expect(remote.status == 0, "\(remote.output)\(remote.error)")
        #expect(remote.output.contains("the server accepts it"))
        let wrong = try TestProgram.run(["key", "inspect", folder.path + "/other.pem"] + server)
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("holds another key"))
    }

    @Test("an administrator's key is rotated in its place; the same command again does no harm")
    func rotate() throws {
        let made = try MadeNode()
        let node = try made.serve()
        let folder = try TemporaryFolder()
        let old = made.directory + "/keys/admin-300-0.NA-88.118.8.pem"
        let next = folder.path + "/next.pem"
        #expect(try run("generate", next, "--type", "sm2").status == 0)
        let server = ["--server", "127.0.0.1:\(node.tcpPort)", "--admin", "300:0.NA/88.118.8"]
        let before = try values(of: node)
        let rotated = try TestProgram.run(["key", "rotate", "--key", old, "--new-key", next] + server)
        #expect(rotated.status == 0, "\(rotated.error)")
        #expect(try TestProgram.run(["key", "inspect", next] + server).status == 0)
        #expect(try TestProgram.run(["key", "inspect", old] + server).status == 1)
        #expect(try values(of: node) == before)
        let again = try TestProgram.run(["key", "rotate", "--key", old, "--new-key", next] + server)
        #expect(again.status == 0, "\(again.error)")
        #expect(try values(of: node) == before)
    }

    /// How many values the administrator's handle has.
    private func values(of node: TestNode) throws -> Int {
        let result = try TestProgram.run([
            "resolve", "0.NA/88.118.8", "--server", "127.0.0.1:\(node.tcpPort)", "--json",
        ])
        return result.output.components(of: "\"index\"")
    }
}

extension String {
    fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}
