import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@testable import BanyanAdmin

@Suite("Groups of administrators (RFC 3651 §3.2.5)")
struct AuthorityTests {
    private func isAdministrator(
        _ identity: String, by values: [HandleValue], on node: ServiceOverDataset
    ) throws -> Bool {
        var authority = Authority(of: ValueReference(identity).map { Identity($0) })
        return try authority.isAdministrator(by: values, with: .addValue, in: node.registrar.index.snapshot())
    }

    @Test("groups are followed to any depth, and cycles end")
    func groups() throws {
        let node = try ServiceOverDataset.get()
        try node.put("88.100.1/G1", [.group(["200:88.100.1/G2", "200:88.100.1/G1"])])
        try node.put("88.100.1/G2", [.group(["200:88.100.1/G3", "200:88.100.1/G1"])])
        try node.put("88.100.1/G3", [.group(["200:88.100.1/G1", "300:88.100.1/MEMBER"])])
        let values: [HandleValue] = [.administrator("200:88.100.1/G1")]
        #expect(try isAdministrator("300:88.100.1/MEMBER", by: values, on: node))
        #expect(try isAdministrator("200:88.100.1/G3", by: values, on: node), "a group is a member as well")
        #expect(try !isAdministrator("301:88.100.1/MEMBER", by: values, on: node))
        #expect(try !isAdministrator("300:88.100.1/OTHER", by: values, on: node))
    }

    @Test("index 0 in a record stands for any key of the handle, and is not followed as a group")
    func anyIndex() throws {
        let node = try ServiceOverDataset.get()
        try node.put("88.100.1/G0", [.group(["300:88.100.1/MEMBER"])])
        let values: [HandleValue] = [.administrator("0:88.100.1/G0")]
        #expect(try isAdministrator("17:88.100.1/G0", by: values, on: node))
        #expect(try !isAdministrator("300:88.100.1/MEMBER", by: values, on: node))
        // Who names himself by index 0 is only who is named so.
        #expect(try isAdministrator("0:88.100.1/G0", by: values, on: node))
        #expect(try !isAdministrator("0:88.100.1/G0", by: [.administrator("17:88.100.1/G0")], on: node))
    }

    @Test("prefixes are compared without case, local names exactly")
    func spelling() throws {
        let node = try ServiceOverDataset.get()
        #expect(try isAdministrator("300:AB.1/Me", by: [.administrator("300:ab.1/Me")], on: node))
        #expect(try !isAdministrator("300:ab.1/me", by: [.administrator("300:ab.1/Me")], on: node))
        #expect(try isAdministrator("300:0.na/ab", by: [.administrator("300:0.NA/AB")], on: node))
    }

    @Test("64 groups are followed and no more")
    func bounds() throws {
        let node = try ServiceOverDataset.get()
        for number in 1...70 {
            let next = number == 70 ? "300:88.100.1/MEMBER" : "200:88.100.1/CHAIN\(number + 1)"
            try node.put("88.100.1/CHAIN\(number)", [.group([next])])
        }
        func isMember(fromGroup first: Int) throws -> Bool {
            try isAdministrator(
                "300:88.100.1/MEMBER", by: [.administrator("200:88.100.1/CHAIN\(first)")], on: node)
        }
        #expect(try isMember(fromGroup: 7))
        #expect(try !isMember(fromGroup: 6))
    }

    @Test("what is stored under a prefix that is not homed any more makes nobody an administrator")
    func staleRecords() throws {
        let node = try ServiceOverDataset()
        try node.put("88.100/G", [.group(["300:88.100.1/MEMBER"])])
        let values: [HandleValue] = [.administrator("200:88.100/G")]
        #expect(try isAdministrator("300:88.100.1/MEMBER", by: values, on: node))
        try node.registrar.unhome("88.100")
        #expect(try !isAdministrator("300:88.100.1/MEMBER", by: values, on: node))
    }

    @Test("a decision is remembered for who asked, what he asked, and the state that it was found in")
    func memory() throws {
        let node = try ServiceOverDataset()
        let memory = AuthorityMemory()
        func ask(
            _ identity: String, of handle: String, _ permissions: AdminPermissions = .addValue
        ) throws -> (Bool, [[UInt8]: UInt64]) {
            let asker = Asker.proven(Identity(try #require(ValueReference(identity))))
            let request = Message.request(.resolution, .query(.any))
            var authority = Authority(of: asker, for: request, remote: nil, memory: memory)
            let isAdministrator = try authority.isAdministrator(
                of: Array(handle.utf8), with: permissions, in: node.registrar.index.snapshot())
            return (isAdministrator, authority.seen)
        }
        try node.put("88.100.1/OWNED", [.administrator("200:88.100.1/CREW")])
        try node.put("88.100.1/OTHER", [.administrator("300:88.100.1/ELSE")])
        try node.put("88.100.1/CREW", [.group(["300:88.100.1/MEMBER"])])
        let first = try ask("300:88.100.1/MEMBER", of: "88.100.1/OWNED")
        #expect(first.0 && first.1.count == 2)
        #expect(try ask("300:88.100.1/MEMBER", of: "88.100.1/OWNED") == first)
        #expect(try !ask("301:88.100.1/MEMBER", of: "88.100.1/OWNED").0)
        #expect(try ask("300:88.100.1/MEMBER", of: "88.100.1/OWNED").0)
        #expect(try !ask("300:88.100.1/MEMBER", of: "88.100.1/OTHER").0)
        #expect(try ask("300:88.100.1/MEMBER", of: "88.100.1/OWNED").0)
        try node.put("88.100.1/CREW", [.group(["300:88.100.1/ELSE"])])
        let second = try ask("300:88.100.1/MEMBER", of: "88.100.1/OWNED")
        #expect(!second.0 && second.1 != first.1)
    }
}

@Suite("Failed proofs (RFC 3652 §5)")
struct FailedProofsTests {
    private let start = ContinuousClock.now
    private let stranger = Peer(addressHigh: 0, addressLow: 0xFFFF_CB00_7101, port: 1)

    private func identity(_ number: Int) -> Identity {
        Identity(ValueReference(handle: Array("88.1/\(number)".utf8), index: 300))
    }

    private func isAdmitted(
        _ failures: FailedProofs, _ identity: Identity, from peer: Peer, at now: ContinuousClock.Instant
    ) -> Bool {
        (try? failures.admit(identity, from: peer, at: now)) != nil
    }

    @Test("a dozen failures from an address pass, thirty do not, and they fade")
    func address() {
        let failures = FailedProofs()
        for number in 0..<12 { failures.count(identity(number), from: stranger, at: start) }
        #expect(isAdmitted(failures, identity(0), from: stranger, at: start))
        for number in 12..<30 { failures.count(identity(number), from: stranger, at: start) }
        #expect(!isAdmitted(failures, identity(99), from: stranger, at: start))
        var other = stranger
        other.port = 2
        #expect(!isAdmitted(failures, identity(99), from: other, at: start))
        other.addressLow += 1
        #expect(isAdmitted(failures, identity(99), from: other, at: start))
        #expect(isAdmitted(failures, identity(99), from: stranger, at: start + .seconds(30)))
    }

    @Test("an identity that is tried from many addresses is closed as well, for a while")
    func identities() {
        let failures = FailedProofs()
        var peer = stranger
        for _ in 0..<120 {
            peer.addressLow += 1
            failures.count(identity(1), from: peer, at: start)
        }
        peer.addressLow += 1
        #expect(!isAdmitted(failures, identity(1), from: peer, at: start))
        #expect(isAdmitted(failures, identity(2), from: peer, at: start))
        #expect(isAdmitted(failures, identity(1), from: peer, at: start + .seconds(60)))
    }

    @Test("loopback is exempt, and the service itself refuses the rest aloud")
    func service() throws {
        let node = try ServiceOverDataset.get()
        let wrong = TestAdministrator("300:88.100.1/USER2", secret: "wrong")
        try node.put("88.100.1/GUESSED", [.text("x", index: 1), .administrator("300:88.100.1/USER2")])
        let body = RequestBody.handle(HandleRequest(handle: Array("88.100.1/GUESSED".utf8)))
        for _ in 0..<40 { #expect(try wrong.code(.deleteHandle, body, on: node) == .authenticationFailed) }
        let peer = Peer(addressHigh: 0, addressLow: 0xFFFF_CB00_7207, port: 1)
        let codes = try (0..<32).map { _ in try wrong.code(.deleteHandle, body, on: node, from: peer) }
        #expect(codes.prefix(30).allSatisfy { $0 == .authenticationFailed })
        #expect(codes.suffix(1) == [.serverTooBusy])
    }
}
