import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Administration from the command line, against a real node (RFC 3652 §3.5, §3.6)")
struct AdministrationVerbTests {
    /// A node as `init` makes it, served; its administrator's key is where `init` has put it.
    struct Prepared {
        let made: MadeNode
        let node: TestNode

        init() throws {
            made = try MadeNode()
            node = try made.serve()
        }

        var keyPath: String { made.directory + "/keys/admin-300-0.NA-88.118.8.pem" }

        func run(
            _ arguments: String..., admin: String = "300:0.NA/88.118.8", key: String? = nil, input: [UInt8] = []
        ) throws -> TestProgram.Result {
            try TestProgram.run(
                arguments + [
                    "--server", "127.0.0.1:\(node.tcpPort)", "--admin", admin, "--key", key ?? keyPath,
                ], input: input)
        }

        /// What everyone may read of a handle: index and text. Nil where there is no such handle.
        func values(of handle: String) throws -> [UInt32: String]? {
            let result = try TestProgram.run(["resolve", handle, "--server", "127.0.0.1:\(node.tcpPort)", "--json"])
            guard result.status == 0, let answer = JSONTree(parsing: Array(result.output.utf8)[...]) else { return nil }
            var values: [UInt32: String] = [:]
            for position in 0... {
                guard let index = answer["values"][position]["index"].integer else { return values }
                values[UInt32(index)] = answer["values"][position]["data"]["value"].string ?? ""
            }
            return values
        }
    }

    @Test("a handle's life: create, add, modify, remove, list, delete")
    func life() throws {
        let node = try Prepared()
        let created = try node.run("create", "88.118.8/SN-1", "--value", "1:URL:https://example.cn/1")
        #expect(created.status == 0, "\(created.error)")
        #expect(created.output == "88.118.8/SN-1\n")
        #expect(try node.values(of: "88.118.8/SN-1") == [1: "https://example.cn/1"])

        #expect(try node.run("add", "88.118.8/SN-1", "--value", "2:DESC:深沟球轴承").status == 0)
        #expect(try node.run("modify", "88.118.8/SN-1", "--value", "1:URL:https://example.cn/new").status == 0)
        #expect(try node.values(of: "88.118.8/SN-1") == [1: "https://example.cn/new", 2: "深沟球轴承"])

        #expect(try node.run("remove", "88.118.8/SN-1", "--index", "1").status == 0)
        #expect(try node.values(of: "88.118.8/SN-1") == [2: "深沟球轴承"])

        let listed = try node.run("list", "88.118.8")
        #expect(listed.status == 0)
        #expect(listed.output.uppercased() == "88.118.8/SN-1\n")

        #expect(try node.run("delete", "88.118.8/SN-1").status == 0)
        #expect(try node.values(of: "88.118.8/SN-1") == nil)
        #expect(try node.run("list", "88.118.8").output == "")
    }

    @Test("what the server refuses ends with 1: the code, its meaning, what to do; in JSON the code")
    func refused() throws {
        let node = try Prepared()
        let value = ["--value", "1:URL:a"]
        #expect(try node.run("create", "88.118.8/A", value[0], value[1]).status == 0)
        let again = try node.run("create", "88.118.8/A", value[0], value[1])
        #expect(again.status == 1)
        #expect(again.error.contains("code 101, the handle is there already"))
        #expect(again.error.contains("--overwrite"))
        let json = try node.run("create", "88.118.8/A", value[0], value[1], "--json")
        #expect(json.status == 1)
        #expect(json.output == #"{"responseCode":101,"handle":"88.118.8/A"}"# + "\n")
        #expect(try node.run("create", "88.118.8/A", "--value", "1:URL:b", "--overwrite").status == 0)
        #expect(try node.values(of: "88.118.8/A") == [1: "b"])
        #expect(try node.run("delete", "88.118.8/none").error.contains("code 100"))
        #expect(try node.run("create", "88.118.9/A", value[0], value[1]).error.contains("code 301"))
    }

    @Test("a wrong key is refused with 403, whom nobody made an administrator with 400; nothing changes")
    func strangers() throws {
        let node = try Prepared()
        let key = node.made.folder.path + "/other.pem"
        #expect(try TestProgram.run(["key", "generate", key]).status == 0)
        let wrong = try node.run("create", "88.118.8/A", "--value", "1:URL:a", key: key)
        #expect(wrong.status == 1)
        #expect(wrong.error.contains("code 403"))
        #expect(try node.values(of: "88.118.8/A") == nil)

        try node.made.folder.write(Array("a secret of his own\n".utf8), to: "secret")
        let secret = node.made.folder.path + "/secret"
        let value = ["--value", "300:HS_SECKEY:a secret of his own"]
        #expect(try node.run("create", "88.118.8/stranger", value[0], value[1]).status == 0)
        let stranger = try node.run("delete", "88.118.8/stranger", admin: "300:88.118.8/stranger", key: secret)
        #expect(stranger.status == 1)
        #expect(stranger.error.contains("code 400"))
        #expect(try node.values(of: "88.118.8/stranger") != nil)
    }

    @Test("a secret key in a file proves the administrator that an --admin-value names")
    func secretKey() throws {
        let node = try Prepared()
        try node.made.folder.write(Array("密钥 of his own".utf8), to: "secret")
        let created = try node.run(
            "create", "88.118.8/own", "--value", "300:HS_SECKEY:密钥 of his own", "--admin-value",
            "100:300:88.118.8/own")
        #expect(created.status == 0, "\(created.error)")
        let added = try node.run(
            "add", "88.118.8/own", "--value", "1:DESC:mine", admin: "300:88.118.8/own",
            key: node.made.folder.path + "/secret")
        #expect(added.status == 0, "\(added.error)")
        #expect(try node.values(of: "88.118.8/own")?[1] == "mine")
    }

    @Test("an enterprise's own key proves who it is, RSA and SM2", arguments: ["rsa", "sm2"])
    func ownKey(algorithm: String) throws {
        let node = try Prepared()
        let path = node.made.folder.path
        #expect(try TestProgram.run(["key", "generate", path + "/own.pem", "--algorithm", algorithm]).status == 0)
        let convert = ["key", "convert", path + "/own.pem", "--to", "public-hex", "--output", path + "/own.hex"]
        #expect(try TestProgram.run(convert).status == 0)
        let digits = String(decoding: try node.made.folder.read("own.hex"), as: UTF8.self).dropLast()
        let key = #"{"index":300,"type":"HS_PUBKEY","data":{"format":"hex","value":"\#(digits)"}}"#
        let record = #"{"handle":"88.118.8/own","values":[\#(key)]}"#
        #expect(try node.run("create", "--from", "-", input: Array(record.utf8)).status == 0)
        #expect(try node.run("add", "88.118.8/own", "--admin-value", "100:300:88.118.8/own").status == 0)
        let added = try node.run(
            "add", "88.118.8/own", "--value", "1:DESC:mine", admin: "300:88.118.8/own", key: path + "/own.pem")
        #expect(added.status == 0, "\(added.error)")
        #expect(try node.values(of: "88.118.8/own")?[1] == "mine")
    }

    @Test("a record from a file and from standard input, with a suffix that the server makes up")
    func files() throws {
        let node = try Prepared()
        let record = Array(#"{"handle":"88.118.8/","values":[{"index":7,"type":"DESC","data":"from a file"}]}"#.utf8)
        let minted = try node.run("create", "--mint", "--from", "-", "--json", input: record)
        #expect(minted.status == 0, "\(minted.error)")
        let answer = try #require(JSONTree(parsing: Array(minted.output.utf8)[...]))
        let handle = try #require(answer["handle"].string)
        #expect(handle.hasPrefix("88.118.8/") && handle.utf8.count == 9 + 36)
        #expect(try node.values(of: handle) == [7: "from a file"])
    }

    @Test("an administrator reads what is for administrators; another key does not, nor does anyone without")
    func administratorReads() throws {
        let node = try Prepared()
        let value = #"{"index":1,"type":"DESC","data":"inner","permissions":"1100"}"#
        let record = #"{"handle":"88.118.8/A","values":[\#(value)]}"#
        #expect(try node.run("create", "--from", "-", input: Array(record.utf8)).status == 0)
        #expect(try node.values(of: "88.118.8/A") == nil)
        let read = try node.run("resolve", "88.118.8/A")
        #expect(read.status == 0, "\(read.error)")
        #expect(read.output.contains("inner"))
        let other = node.made.folder.path + "/other.pem"
        #expect(try TestProgram.run(["key", "generate", other]).status == 0)
        let refused = try node.run("resolve", "88.118.8/A", key: other)
        #expect(refused.status == 1)
        #expect(refused.error.contains("the key does not prove the administrator"))
        #expect(refused.output == "")
    }

    @Test("prefixes are homed and unhomed, and listed; a long list comes whole")
    func prefixes() throws {
        let node = try Prepared()
        #expect(try node.run("home", "88.118.9").status == 0)
        #expect(try node.run("list").output == "0.NA/88.118.8\n0.NA/88.118.9\n")
        #expect(try node.run("unhome", "88.118.9").status == 0)
        #expect(try node.run("list", "--json").output == #"{"handle":"0.NA/88.118.8"}"# + "\n")
        let lines = (0..<130).map { number in
            #"{"handle":"88.118.8/n\#(number)","values":[{"index":1,"type":"URL","data":"x"}]}"# + "\n"
        }
        #expect(try node.made.run("load", "--format", "ndjson", "-", input: Array(lines.joined().utf8)).status == 0)
        let listed = try node.run("list", "88.118.8").output.split(separator: "\n")
        #expect(Set(listed).count == 130)
        #expect(listed.count == 130)
    }

    @Test("a key with a passphrase: from a file; wrong or missing, it ends with 2 and asks nobody")
    func passphrase() throws {
        let node = try Prepared()
        let key = try node.made.folder.read("data/keys/admin-300-0.NA-88.118.8.pem")
        try node.made.folder.write(try EncryptedKey.bytes(key, passphrase: "open sesame"), to: "key.bin")
        try node.made.folder.write(Array("open sesame\n".utf8), to: "passphrase")
        try node.made.folder.write(Array("sesame\n".utf8), to: "wrong")
        let path = node.made.folder.path
        let arguments = ["home", "88.118.9", "--passphrase-file"]
        let missing = try node.run("home", "88.118.9", key: path + "/key.bin")
        #expect(missing.status == 2)
        #expect(missing.error.contains("--passphrase-file"))
        let wrong = try node.run(arguments[0], arguments[1], arguments[2], path + "/wrong", key: path + "/key.bin")
        #expect(wrong.status == 2)
        let right = try node.run(arguments[0], arguments[1], arguments[2], path + "/passphrase", key: path + "/key.bin")
        #expect(right.status == 0, "\(right.error)")
    }

    @Test("nobody there ends with 4")
    func unreachable() throws {
        let made = try MadeNode()
        let result = try TestProgram.run([
            "delete", "88.118.8/A", "--server", "127.0.0.1:1", "--admin", "300:0.NA/88.118.8", "--key",
            made.directory + "/keys/admin-300-0.NA-88.118.8.pem",
        ])
        #expect(result.status == 4)
        #expect(result.error.contains("127.0.0.1:1 refuses"))
    }

    @Test(
        "wrong usage ends with 2, before anybody is asked",
        arguments: [
            ("create 88.118.8/A --value URL:x", "INDEX:TYPE:DATA"), ("create 88.118.8/A --value 0:URL:x", "--value"),
            ("create --value 1:URL:x", "give a HANDLE"), ("add 88.118.8/A", "no value"),
            ("create 88.118.8/A --admin-value 100", "INDEX:INDEX:HANDLE"),
            ("create 88.118.8/A --from /nonexistent/file", "/nonexistent/file"), ("remove 88.118.8/A", "--index"),
            ("home a/b", "no prefix"), ("list --derived", "--derived needs"),
            ("delete 88.118.8/A --admin 0.NA/88.118.8", "INDEX:HANDLE"), ("delete 88.118.8/A", "holds no key"),
            ("delete 88.118.8/A --key /nonexistent/key", "/nonexistent/key"),
            ("delete 88.118.8/A --server a/b", "--server a/b"),
        ])
    func usage(line: String, complaint: String) throws {
        var arguments = line.split(separator: " ").map(String.init)
        for (name, value) in [("--server", "127.0.0.1:1"), ("--admin", "300:0.NA/88.118.8"), ("--key", "/dev/null")]
        where !arguments.contains(name) {
            arguments += [name, value]
        }
        let result = try TestProgram.run(arguments)
        #expect(result.status == 2)
        #expect(result.error.contains(complaint), "\(result.error)")
        #expect(result.output.isEmpty)
    }
}
