import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Keys, groups and administrators on another node (RFC 3652 §3.5)")
struct RemoteAuthorityTests {
    private static let secret = TestAdministrator("300:88.118.8/USER", secret: "kept elsewhere")

    /// A node that has the user: a secret key, the group that he is in, and the record of a prefix that is not there.
    private func owner() throws -> (made: MadeNode, node: TestNode) {
        let made = try MadeNode()
        let key = try TestProgram.run(["key", "generate", made.folder.path + "/user.pem"])
        guard key.status == 0 else { throw TestFailure("no key: \(key.error)") }
        try made.load(
            "88.118.8/USER",
            [
                .secret("kept elsewhere"),
                HandleValue(index: 301, type: ValueType.publicKey, data: Array(key.output.utf8)),
            ])
        try made.load("88.118.8/GROUP", [.group(["300:88.118.8/USER"])])
        try made.load("0.NA/88.118.8.5", [.administrator("300:88.118.8/USER")])
        return (made, try made.serve())
    }

    /// A node that knows of the user by name only.
    private func asked(_ remote: TestNode?) throws -> (made: MadeNode, node: TestNode) {
        let made = try MadeNode(["--prefix", "88.119"])
        let homed = Array(#"{"homed":"0.NA/88.118.8.5"}"#.utf8)
        guard try made.run("load", "-", "--format", "wire", input: homed).status == 0 else {
            throw TestFailure("not homed")
        }
        _ = try TestProgram.run(["prefix", "remove", "88.118.8", "--data", made.directory])
        try made.load("88.119/BY-KEY", [.administrator("300:88.118.8/USER"), .text("old", index: 1)])
        try made.load("88.119/BY-PUBLIC", [.administrator("301:88.118.8/USER"), .text("old", index: 1)])
        try made.load("88.119/BY-GROUP", [.administrator("200:88.118.8/GROUP"), .text("old", index: 1)])
        guard let remote else { return (made, try made.serve()) }
        return (made, try made.serve("--set", "authority.remote=127.0.0.1:\(remote.tcpPort)"))
    }

    private func modify(
        _ handle: String, on node: TestNode, as administrator: TestAdministrator = Self.secret
    ) throws -> ResponseCode {
        try perform(.modifyValue, handle, on: node, as: administrator)
    }

    private func create(_ handle: String, on node: TestNode) throws -> ResponseCode {
        try perform(.createHandle, handle, on: node, as: Self.secret)
    }

    private func perform(
        _ operation: OpCode, _ handle: String, on node: TestNode, as administrator: TestAdministrator
    ) throws -> ResponseCode {
        let socket = try TestSocket.stream(to: node.tcpPort)
        let body = ValuesRequest(handle: Array(handle.utf8), values: [.text("new", index: 1)])
        let answer = try socket.exchange(
            TestAdministrator.request(operation, .values(body), flags: [.usual, .keepAlive]))
        guard answer.header.responseCode == .authenticationNeeded else { return answer.header.responseCode }
        return try socket.exchange(administrator.proof(to: answer)).header.responseCode
    }

    @Test("are looked for where the operator says, and count")
    func found() throws {
        let owner = try owner()
        let asked = try asked(owner.node)
        #expect(try modify("88.119/BY-KEY", on: asked.node) == .success)
        #expect(try modify("88.119/BY-GROUP", on: asked.node) == .success)
        let wrong = TestAdministrator("300:88.118.8/USER", secret: "guessed")
        #expect(try modify("88.119/BY-KEY", on: asked.node, as: wrong) == .authenticationFailed)
        let stranger = TestAdministrator("300:88.118.8/NOBODY", secret: "kept elsewhere")
        #expect(try modify("88.119/BY-GROUP", on: asked.node, as: stranger) == .notAdministrator)
        let created = try TestProgram.run([
            "create", "88.118.8.5/NEW", "--value", "1:DESC:new", "--server", "127.0.0.1:\(asked.node.tcpPort)",
            "--admin", "301:88.118.8/USER", "--key", owner.made.folder.path + "/user.pem",
        ])
        #expect(created.error.contains("code 400"), "only index 300 is named: \(created.error)")
        #expect(try create("88.118.8.5/NEW", on: asked.node) == .success)
        let signed = try TestProgram.run([
            "modify", "88.119/BY-PUBLIC", "--value", "1:DESC:new", "--server", "127.0.0.1:\(asked.node.tcpPort)",
            "--admin", "301:88.118.8/USER", "--key", owner.made.folder.path + "/user.pem",
        ])
        #expect(signed.status == 0, "\(signed.error)")
    }

    @Test("count for nothing where the operator names nobody to ask")
    func off() throws {
        let owner = try owner()
        let asked = try asked(nil)
        _ = owner
        #expect(try modify("88.119/BY-KEY", on: asked.node) == .authenticationFailed)
        #expect(try modify("88.119/BY-GROUP", on: asked.node) == .notAdministrator)
    }

    @Test("count for nothing where nobody answers; the node goes on answering")
    func unreachable() throws {
        let owner = try owner()
        let asked = try asked(owner.node)
        owner.node.kill()
        #expect(try modify("88.119/BY-KEY", on: asked.node) == .authenticationFailed)
        #expect(try modify("88.119/BY-GROUP", on: asked.node) == .notAdministrator)
        #expect(try Question(handle: "88.119/BY-KEY").code(overUDP: asked.node) == 1)
    }
}
