import BanyanTestSupport
import Testing

@Suite("Users and tokens from the command line")
struct AccountVerbTests {
    private func run(_ arguments: String..., data: String, input: String = "") throws -> TestProgram.Result {
        try TestProgram.run(arguments + ["--data", data], input: Array(input.utf8))
    }

    @Test("users and tokens live alike with the files alone and through the node", arguments: [false, true])
    func life(isServed: Bool) throws {
        let made = try MadeNode()
        let node = isServed ? try made.serve() : nil
        defer { _ = node?.terminate() }
        let data = made.directory
        let added = try run(
            "user", "add", "rongcheng", "--role", "enterprise", "--prefix", "88.118.8", data: data,
            input: "Blue-lantern-7\n")
        #expect(added.status == 0, "\(added.error)")
        #expect(added.output.isEmpty)
        #expect(
            try run("user", "add", "rongcheng", "--role", "auditor", data: data, input: "Blue-lantern-7").status == 1)
        let weak = try run("user", "add", "other", "--role", "auditor", data: data, input: "password")
        #expect(weak.status == 2)
        #expect(!weak.error.contains("other: password"))
        #expect(try run("user", "disable", "rongcheng", data: data).status == 0)
        #expect(try run("user", "disable", "nobody", data: data).status == 1)
        let users = try run("user", "list", "--json", data: data)
        let user = try #require(JSONTree(parsing: Array(users.output.utf8)[...]))
        #expect(user["name"].string == "rongcheng")
        #expect(user["state"].string == "disabled")
        #expect(user["prefixes"][0].string == "88.118.8")
        #expect(try run("user", "remove", "rongcheng", data: data).status == 0)
        #expect(try run("user", "list", data: data).output.isEmpty)

        let created = try run(
            "token", "create", "--role", "enterprise", "--prefix", "88.118.8", "--allow", "create", "--expires", "90d",
            "--from", "192.0.2.0/24", data: data)
        #expect(created.status == 0, "\(created.error)")
        #expect(created.output.hasPrefix("bny_") && created.output.hasSuffix("\n"))
        #expect(created.output.split(separator: "\n").count == 1)
        let tokens = try run("token", "list", "--json", data: data)
        let token = try #require(JSONTree(parsing: Array(tokens.output.utf8)[...]))
        let identifier = try #require(token["token"].string)
        #expect(created.output.hasPrefix(identifier + "_"))
        #expect(token["allow"][0].string == "create")
        #expect(try run("token", "revoke", identifier, data: data).status == 0)
        #expect(try run("token", "revoke", identifier, data: data).status == 1)
        #expect(try run("token", "create", "--role", "king", data: data).status == 2)
        #expect(try run("token", "create", "--role", "auditor", "--allow", "fly", data: data).status == 2)
        #expect(try run("token", "create", "--role", "auditor", "--expires", "yesterday", data: data).status == 2)
        let journal = try run("journal", "show", data: data)
        #expect(journal.output.contains("account/RONGCHENG") || journal.output.contains("account/rongcheng"))
        #expect(try run("journal", "verify", data: data).status == 0)
    }
}
