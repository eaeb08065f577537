import BanyanRegistry
import BanyanSync
import BanyanTestSupport
import BanyanTopNode
import Testing

@Suite("The top-level node to rehearse with")
struct TopNodeTests {
    @Test("what is registered is there after a restart, and a line that was cut off is not")
    func log() async throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "clients.pem")
        let test = try await TestLink()
        try await test.run { _ in
            let prefix = try test.pass(1)
            try await test.until("approved") { try test.state(prefix) == .approved }
            try await test.until("taken") { test.top.register.queue.isEmpty }
        }
        let path = test.top.configuration.logPath
        let name = String(path.split(separator: "/").last ?? "")
        let before = test.top.register
        let own = try TemporaryFolder()
        let bytes = try TestLink.bytes(of: path)
        try own.write(bytes + Array(#"{"messageTaken":{"id":"#.utf8), to: name)
        var configuration = test.top.configuration
        configuration.logPath = own.path + "/" + name
        let again = try TopNodeServer(configuration)
        #expect(again.register.prefixes == before.prefixes)
        #expect(again.register.enterprises == before.enterprises)
        #expect(try own.read(name) == bytes)
        await again.stop()
    }

    @Test("the desk decides, orders and lists; what cannot be is said")
    func desk() async throws {
        let test = try await TestLink(.byHand)
        let desk = TopNodeDesk(server: test.top)
        try await test.run { _ in
            let prefix = try test.pass(1)
            try await test.until("told") { try !test.node.outbox.receipts().isEmpty }
            #expect(desk.answer("list") == ["88.118.8.1 waiting enterprise=10000 -"])
            #expect(desk.answer("suspend 88.118.8.1 x") == ["suspend 88.118.8.1: not in a state for it"])
            #expect(desk.answer("approve 88.118.8.1") == ["approve 88.118.8.1: queued"])
            #expect(desk.answer("approve 88.118.8.1") == ["approve 88.118.8.1: not in a state for it"])
            try await test.until("approved") { try test.state(prefix) == .approved }
            #expect(desk.answer("suspend 88.118.8.1 a reason") == ["suspend 88.118.8.1: queued"])
            try await test.until("suspended") { try test.state(prefix) == .suspended }
            #expect(try test.node.prefixes.contract(of: prefix)?.reason == "a reason")
            for line in ["", "approve", "frobnicate x"] { #expect(desk.answer(line) == [TopNodeDesk.usage]) }
        }
    }
}
