import BanyanRegistry
import BanyanSync
import BanyanTestSupport
import BanyanTopNode
import HandleProtocol
import OpenSSL
import TLSChannel
import Testing

@Suite("A node and its upstream over TLS, from application to revocation")
struct LinkTests {
    @Test("an application is passed on, reviewed there, and configured; the upstream then suspends and revokes it")
    func life() async throws {
        let test = try await TestLink(.byHand)
        try await test.run { _ in
            let prefix = try test.pass(1)
            let name = prefix.description
            try await test.until("told") { try !test.node.outbox.receipts().isEmpty }
            let receipt = try #require(try test.node.outbox.receipts().first)
            #expect(receipt.outcome == .pending && receipt.nationalNumber == "10000")
            #expect(
                receipt.steps.map { "\($0.command) \($0.code)" } == [
                    "check-enterprise 2303", "create-enterprise 1000", "check-prefix 1000", "create-prefix 1001",
                ])
            #expect(try test.state(prefix) == .inReview)
            #expect(try test.top.decide(name, isPassed: true))
            try await test.until("approved") { try test.state(prefix) == .approved }

            try test.node.prefixes.apply(.hosted, to: prefix, by: test.node.origin)
            try await test.until("configured") { try test.node.outbox.receipts().count == 2 }
            let object = try #require(test.top.register.identifiers[name])
            #expect(object.sites.first?.servers.first?.addresses == ["192.0.2.1"])
            #expect(object.sites.first?.servers.first?.interfaces.map(\.service) == ["query", "admin"])

            try test.node.prefixes.apply(.suspend(reason: "欠费"), to: prefix, by: test.node.origin)
            try await test.until("hold") { try test.node.outbox.receipts().count == 3 }
            #expect(test.top.register.identifiers[name]?.statuses == ["clientHold"])
            try test.node.prefixes.apply(.resume, to: prefix, by: test.node.origin)
            try await test.until("no hold") { try test.node.outbox.receipts().count == 4 }
            #expect(test.top.register.identifiers[name]?.statuses == ["ok"])

            for (order, state) in [(0, PrefixContract.State.suspended), (1, .approved), (2, .revoked)] {
                #expect(try test.top.order(name, state: order, reason: "整改"))
                try await test.until("order \(order)") { try test.state(prefix) == state }
            }
            try await test.until("taken") { test.top.register.queue.isEmpty }
            #expect(try test.node.outbox.receipts().allSatisfy { $0.outcome != .refused })
        }
    }

    @Test("a refusal comes with its words, and the prefix may be applied for again")
    func refusal() async throws {
        let test = try await TestLink(.refusing(reason: "资料不全"))
        try await test.run { _ in
            let prefix = try test.pass(1)
            try await test.until("refused") { try test.state(prefix) == .refused }
            #expect(try test.node.prefixes.contract(of: prefix)?.reason == "资料不全")
            #expect(test.top.register.prefixes.isEmpty)
        }
    }

    @Test("told again from the first on, nothing is there twice, and an enterprise that is known is replaced")
    func replay() async throws {
        let test = try await TestLink()
        try await test.run { _ in
            let prefix = try test.pass(1)
            try await test.until("approved") { try test.state(prefix) == .approved }
            try test.node.prefixes.apply(.hosted, to: prefix, by: test.node.origin)
            try await test.until("configured") { try test.node.outbox.receipts().count == 2 }
            let first = try #require(try test.node.outbox.entries(behind: 0).first).sequence
            let told = try test.node.outbox.mark().told
            #expect(try test.node.outbox.replay(from: first, by: test.node.origin))
            try await test.until("told again") {
                try test.node.outbox.mark().told == told
                    && test.node.outbox.receipts().first?.steps.first?.code == 1_000
            }
            let steps = try test.node.outbox.receipts().flatMap(\.steps).map { "\($0.command) \($0.code)" }
            #expect(
                steps == [
                    "check-enterprise 1000", "replace-enterprise 1000", "check-prefix 2302",
                    "check-identifier 1000", "info-identifier 1000",
                ])
            #expect(test.top.register.creationCounts.values.allSatisfy { $0 == 1 })
        }
    }

    @Test("an outbox of many entries is told in its order, in batches, while others register")
    func longOutbox() async throws {
        let test = try await TestLink()
        let contract = PrefixContract(prefix: "88.118.8.9", number: 1, enterprise: 2, owner: "a", at: 0)
        var sequences: [UInt64] = []
        for _ in 0..<5 {
            try test.node.commit((0..<400).map { _ in Errand(.removal, of: contract).posting })
        }
        sequences = try test.node.outbox.entries(behind: 0, countMax: 5_000).map(\.sequence)
        try await test.run { link in
            for number in 0..<200 {
                let handle = Array("88.118.8/\(number)".utf8)
                let value = HandleValue(index: 1, type: Array("URL".utf8), data: Array("x".utf8))
                try test.node.commit([.put(handle: handle, values: [value].wireBytes)])
            }
            try await test.until("all told") { try test.node.outbox.waitingCount(upTo: 1) == 0 }
            #expect(try test.node.outbox.receipts().map(\.sequence) == sequences)
            try await test.until("counted") { link.status.toldCount == 2_000 }
        }
    }

    @Test("what is not kept any more cannot be told, and holds up nothing")
    func void() async throws {
        let test = try await TestLink()
        let gone = PrefixContract(prefix: "88.118.8.9", number: 1, enterprise: 2, owner: "a", at: 0)
        try test.node.commit([Errand(.application, of: gone).posting])
        try await test.run { _ in
            let prefix = try test.pass(1)
            try await test.until("approved") { try test.state(prefix) == .approved }
            #expect(try test.node.outbox.receipts().first?.outcome == .void)
        }
    }

    @Test("a prefix that is another node's is refused there, and the receipt says so")
    func foreign() async throws {
        let test = try await TestLink { $0.nodePrefix = "88.999" }
        try await test.run { _ in
            _ = try test.pass(1)
            try await test.until("told") { try !test.node.outbox.receipts().isEmpty }
            let receipt = try #require(try test.node.outbox.receipts().first)
            #expect(receipt.outcome == .refused && receipt.message == "2201 another node")
        }
    }

    @Test("who has the pinned key is believed, another is not, and nothing is told to him")
    func pinned() async throws {
        let key = try PrivateKey.generateEC()
        let other = try Certificate.makeSelfSigned(key: key, names: ["x"], start: 0, dayCount: 36_500)
        let digest = try other.publicKeyDigest()
        let test = try await TestLink {
            $0.endpoint.serverName = nil
            $0.security.role = .client(.keys([digest]))
        }
        try await test.run { link in
            _ = try test.pass(1)
            try await test.until("refused") { link.status.failureCount > 2 }
            #expect(test.top.register.enterprises.isEmpty)
        }
    }

    @Test("a password that is wrong is not tried again at once")
    func password() async throws {
        let test = try await TestLink {
            $0.password = SecretBytes(Array("wrong".utf8))
            $0.pauses = .milliseconds(1)...(.seconds(3_600))
        }
        try await test.run { link in
            try await test.until("refused") { link.status.failureCount > 0 }
            #expect(link.status.state == .failed("the upstream does not let us in: 2200"))
            #expect(link.status.failureCount == 1)
        }
    }
}
