import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("The outbox: what is to be told to the upstream, in the commit that causes it")
struct OutboxTests {
    private let node: TestEnterprises
    private let upstream = ChangeOrigin(principal: "upstream", source: "test")

    init() throws { node = try TestEnterprises() }

    private func receipt(_ entry: Outbox.Entry) -> Receipt {
        Receipt(
            entry.errand, sequence: entry.sequence, outcome: .done, steps: [], message: nil, nationalNumber: nil)
    }

    @Test("approving passes an application on; what follows is put behind it, in the order of the commits")
    func order() throws {
        let one = try node.apply(1)
        let two = try node.apply(2)
        #expect(try node.outbox.entries(behind: 0).isEmpty)
        try node.prefixes.apply(.approve, to: two, by: node.origin)
        try node.prefixes.apply(.pass, to: one, by: node.origin)
        #expect(try node.prefixes.contract(of: two)?.state == .inReview)
        for prefix in [one, two] { try node.prefixes.apply(.approve, to: prefix, by: upstream) }
        try node.prefixes.apply(.hosted, to: one, by: node.origin)
        try node.prefixes.apply(.suspend(reason: "欠费"), to: one, by: node.origin)
        try node.prefixes.apply(.resume, to: one, by: node.origin)
        try node.prefixes.apply(.revoke(reason: "合同到期"), to: one, by: node.origin)
        let entries = try node.outbox.entries(behind: 0)
        #expect(
            entries.map { "\($0.errand.matter.rawValue) \($0.errand.prefix)" } == [
                "application 88.118.8.2", "application 88.118.8.1", "configuration 88.118.8.1",
                "suspension 88.118.8.1", "resumption 88.118.8.1", "removal 88.118.8.1",
            ])
        #expect(entries.map(\.sequence) == entries.map(\.sequence).sorted())
        #expect(Set(entries.map(\.errand.transaction)).count == entries.count)
        #expect(entries.allSatisfy { (3...64).contains($0.errand.transaction.count) })
        #expect(try node.outbox.entries(behind: entries[3].sequence) == Array(entries[4...]))
        #expect(try node.outbox.entries(behind: 0, countMax: 2) == Array(entries[..<2]))
    }

    @Test("a second approval is the upstream's, unless the operator says that it is final")
    func finalApproval() throws {
        let prefix = try node.apply(1)
        try node.prefixes.apply(.approve, to: prefix, by: node.origin)
        #expect(throws: PrefixRegisterError.event(.notInState(.inReview))) {
            try node.prefixes.apply(.approve, to: prefix, by: node.origin)
        }
        try node.prefixes.apply(.approve, to: prefix, isFinal: true, by: node.origin)
        #expect(try node.prefixes.contract(of: prefix)?.state == .approved)
    }

    @Test("without an upstream an approval is one, and nothing is put there")
    func withoutUpstream() throws {
        let alone = try TestEnterprises(isForwarding: false)
        let prefix = try alone.apply(1)
        try alone.prefixes.apply(.approve, to: prefix, by: alone.origin)
        #expect(try alone.prefixes.contract(of: prefix)?.state == .approved)
        #expect(try alone.outbox.entries(behind: 0).isEmpty)
    }

    @Test("a refused change leaves nothing in the outbox")
    func refused() throws {
        let prefix = try node.apply(1)
        #expect(throws: PrefixRegisterError.event(.notInState(.applied))) {
            try node.prefixes.apply(.hosted, to: prefix, by: node.origin)
        }
        #expect(try node.outbox.entries(behind: 0).isEmpty)
    }

    @Test("receipts move the mark; going back with it tells everything behind it again, under the same ids")
    func replay() throws {
        for number in 1...3 { try node.prefixes.apply(.pass, to: node.apply(number), by: node.origin) }
        let entries = try node.outbox.entries(behind: 0)
        #expect(try node.outbox.waitingCount() == 3)
        let mark = try node.outbox.mark()
        try node.outbox.store(entries[..<2].map(receipt), behind: mark, by: upstream)
        #expect(try node.outbox.mark().told == entries[1].sequence)
        #expect(try node.outbox.receipts().map(\.sequence) == entries[..<2].map(\.sequence))
        // Whoever read the mark before it was moved stores nothing.
        #expect(throws: OutboxError.moved) {
            try node.outbox.store([receipt(entries[0])], behind: mark, by: upstream)
        }
        #expect(try !node.outbox.replay(from: entries[2].sequence, by: node.origin))
        #expect(try node.outbox.replay(from: entries[1].sequence, by: node.origin))
        let again = try node.outbox.entries(behind: node.outbox.mark().told)
        #expect(again == Array(entries[1...]))
    }

    @Test("what is old and told goes, what is not told stays")
    func trimming() throws {
        for number in 1...2 { try node.prefixes.apply(.pass, to: node.apply(number), by: node.origin) }
        let entries = try node.outbox.entries(behind: 0)
        try node.outbox.store([receipt(entries[0])], behind: node.outbox.mark(), by: upstream)
        #expect(try node.outbox.trim(before: 1, by: upstream) == 0)
        #expect(try node.outbox.trim(before: ChangeOrigin.now + 1, by: upstream) == 2)
        #expect(try node.outbox.entries(behind: 0) == [entries[1]])
        #expect(try node.outbox.receipts().isEmpty)
    }

    @Test("what is about persons is in no entry of the journal")
    func persons() throws {
        try node.prefixes.apply(.pass, to: node.apply(1), by: node.origin)
        let entry = try #require(try node.outbox.entries(behind: 0).first)
        #expect(!"\(entry)".contains("110101199003070001"))
    }
}
