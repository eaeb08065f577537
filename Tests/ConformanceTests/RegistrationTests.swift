import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

/// The recorded registrations, said again to the real binary over real sockets, each step on a connection of its own.
@Suite("Recorded registrations over sockets (RFC 3652 §3.5, §3.6, §3.7)")
struct RegistrationTests {
    /// Answered otherwise here, on purpose: these are looked at below.
    private static let different: Set<String> = ["create-udp", "list-udp", "list-derived-106"]

    @Test(
        "every flow gets the recorded answers",
        arguments: ["admin", "list", "naming-authority", "verify-challenge"])
    func replay(file: String) throws {
        let running = try RunningNode.ofAdministrators()
        let sink = try ChangeSinks.open(directory: NodeDirectory(running.node.directory))
        for flow in try RecordedFlow.all(in: file) where !Self.different.contains(flow.name) {
            if let set = flow.preparation { _ = try sink.submit(set) }
            try flow.replay { request in
                try running.messages(request, over: flow.transport)
            } check: { vector, live, recorded in
                let difference = try RecordedFlow.difference(live, recorded, in: vector)
                #expect(difference == nil, "\(vector)")
            }
        }
    }

    @Test("administration over datagrams is refused with the recorded text, and opcode 106 is a list")
    func differences() throws {
        let running = try RunningNode.ofAdministrators()
        for (file, name) in [("admin", "create-udp/1"), ("list", "list-udp/1")] {
            try Exchange(Vectors.load(file, name: name), with: running).check()
        }
        let request = try Vectors.load("list", name: "list-derived-106").request
        let answer = try running.messages(request, over: "tcp").map { try Message(parsing: $0.rawSpan) }
        #expect(answer.map(\.header.responseCode) == [.authenticationNeeded])
        #expect(answer.map(\.header.opCode) == [.listDerivedPrefixes])
    }

    @Test("the journal tells who registered, and from where")
    func journal() throws {
        let running = try RunningNode.ofAdministrators()
        let flow = try #require(try RecordedFlow.all(in: "admin").first { $0.name == "create-pubkey-rsa-SHA1" })
        try flow.replay {
            try running.messages($0, over: "tcp")
        } check: { _, _, _ in
        }
        let handle = String(decoding: try #require(flow.handle), as: UTF8.self)
        let shown = try TestProgram.run(["journal", "show", "--data", running.node.directory, "--handle", handle])
        #expect(shown.output.contains("301:88.100.1/USER1"), "\(shown.output) \(shown.error)")
        #expect(shown.output.contains("tcp 127.0.0.1:"))
    }
}

extension RunningNode {
    /// The messages of one answer, over a connection of its own.
    func messages(_ request: [UInt8], over transport: String) throws -> [[UInt8]] {
        guard transport == "tcp" else {
            let socket = try TestSocket.datagram(to: node.udpPort)
            try socket.send(request)
            let packets = socket.receiveFragments()
            guard packets.count > 1 else { return packets }
            let content = packets.flatMap { $0.dropFirst(20) }
            return [packets[0][..<2] + [packets[0][2] & ~0x20] + packets[0][3..<20] + content]
        }
        let socket = try TestSocket.stream(to: node.tcpPort)
        try socket.send(request)
        var messages = [socket.readMessage()]
        while let last = messages.last, last.count >= 32, last.rawSpan.bigEndianUInt32(at: 28) & 0x0400_0000 != 0 {
            messages.append(socket.readMessage())
        }
        return messages
    }
}
