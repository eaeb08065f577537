import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("What the upstream says is done once, in its order")
struct UpstreamNoticeTests {
    private let node: TestEnterprises

    init() throws { node = try TestEnterprises() }

    private func notice(
        _ id: Int, _ prefix: Prefix, _ content: UpstreamNotice.Content, server: String = "BMS-1"
    ) -> UpstreamNotice {
        UpstreamNotice(
            message: "\(id)", prefix: prefix.description, content: content, client: "c", server: server)
    }

    private func state(_ prefix: Prefix) throws -> PrefixContract.State? {
        try node.prefixes.contract(of: prefix)?.state
    }

    @Test("a review, a suspension, a resumption and a revocation, each told twice")
    func life() throws {
        let prefix = try node.apply(1)
        try node.prefixes.apply(.approve, to: prefix, by: node.origin)
        let orders: [(UpstreamNotice.Content, PrefixContract.State)] = [
            (.review(isPassed: true, message: ""), .approved), (.suspension(message: "整改"), .suspended),
            (.resumption(message: ""), .approved), (.revocation(message: ""), .revoked),
        ]
        for (id, (content, state)) in orders.enumerated() {
            #expect(try node.prefixes.take(notice(id, prefix, content), source: "test"))
            #expect(try self.state(prefix) == state)
            let head = try node.registrar.index.snapshot().journalHead().sequence
            #expect(try !node.prefixes.take(notice(id, prefix, content), source: "test"))
            #expect(try node.registrar.index.snapshot().journalHead().sequence == head)
            if state == .approved, id == 0 { try node.prefixes.apply(.hosted, to: prefix, by: node.origin) }
        }
        #expect(try node.outbox.notices().map(\.outcome) == [.applied, .applied, .applied, .applied])
        // What the upstream ordered is not told back to it: the application and where it is hosted are.
        #expect(try node.outbox.entries(behind: 0).map(\.errand.matter) == [.application, .configuration])
        #expect(try principals(of: prefix).filter { $0 == "upstream" }.count == 4)
    }

    /// Who changed the prefix's document, in order.
    private func principals(of prefix: Prefix) throws -> [String] {
        let snapshot = try node.registrar.index.snapshot()
        let key = DocumentKey(.prefix, prefix.description).bytes
        var journal = try snapshot.journal(from: 0)
        var principals: [String] = []
        while let entry = try journal.next() {
            guard entry.operation == .setDocument, entry.handle.array == key else { continue }
            principals.append(String(decoding: entry.principal.array, as: UTF8.self))
        }
        return principals
    }

    @Test("a refusal has the upstream's words, cut to the length that a reason may have")
    func refusal() throws {
        let prefix = try node.apply(1)
        try node.prefixes.apply(.approve, to: prefix, by: node.origin)
        let words = String(repeating: "资料\n不全", count: 100)
        try node.prefixes.take(notice(1, prefix, .review(isPassed: false, message: words)), source: "test")
        #expect(try state(prefix) == .refused)
        let reason = try #require(try node.prefixes.contract(of: prefix)?.reason)
        #expect(reason.count == PrefixContract.reasonLengthMax && !reason.contains("\n"))
    }

    @Test("the same number with other words is another message: queues begin anew")
    func reusedNumber() throws {
        let (one, two) = (try node.apply(1), try node.apply(2))
        for prefix in [one, two] { try node.prefixes.apply(.approve, to: prefix, by: node.origin) }
        try node.prefixes.take(notice(1, one, .review(isPassed: true, message: "")), source: "test")
        #expect(try node.prefixes.take(notice(1, two, .review(isPassed: true, message: "")), source: "test"))
        #expect(try state(two) == .approved)
    }

    @Test("what cannot be done is kept with its reason, and changes nothing")
    func passedOver() throws {
        let prefix = try node.apply(1)
        let cases: [(UpstreamNotice, UpstreamNotice.Outcome)] = [
            // Not passed on yet: the upstream has not seen this application.
            (notice(1, prefix, .review(isPassed: true, message: "")), .passedOver),
            (notice(2, prefix, .suspension(message: "x")), .passedOver),
            (notice(3, try node.prefix("88.118.9"), .revocation(message: "x")), .passedOver),
            (notice(4, prefix, .unknown("resData")), .notUnderstood),
        ]
        for (notice, _) in cases { #expect(try node.prefixes.take(notice, source: "test")) }
        #expect(try state(prefix) == .applied)
        let kept = Dictionary(grouping: try node.outbox.notices(), by: \.message)
        for (notice, outcome) in cases { #expect(kept[notice.message]?.first?.outcome == outcome) }
    }
}
