import BanyanRegistry
import Testing

@Suite("A prefix's life: which event takes place in which state")
struct PrefixContractTests {
    private func contract(_ events: [PrefixEvent]) throws -> PrefixContract {
        var contract = PrefixContract(prefix: "88.118.9", number: 1, enterprise: 2, owner: "gamma", at: 10)
        for event in events { try contract.apply(event, at: 20) }
        return contract
    }

    @Test("from application over both reviews to hosting, and back")
    func life() throws {
        #expect(try contract([]).state == .applied)
        #expect(try contract([.pass]).state == .inReview)
        #expect(try contract([.pass, .approve]).state == .approved)
        #expect(try contract([.approve, .hosted]).hosting == .hosted)
        let moved = try contract([.approve, .hosted, .delegated, .transfer(enterprise: 3, owner: "delta")])
        #expect(moved.hosting == .delegated && moved.owner == "delta" && moved.enterprise == 3)
        #expect(try contract([.approve, .suspend(reason: "a")]).reason == "a")
        #expect(try contract([.approve, .suspend(reason: "a"), .resume]).reason == nil)
        let ended = try contract([.approve, .hosted, .revoke(reason: "b")])
        #expect(ended.state == .revoked && ended.hosting == .none && ended.updated == 20)
    }

    @Test(
        "what comes out of order is refused",
        arguments: [
            [.hosted], [.pass, .pass], [.pass, .hosted], [.resume], [.approve, .approve],
            [.refuse(reason: "a"), .pass],
            [.refuse(reason: "a"), .revoke(reason: "b")], [.approve, .refuse(reason: "a")],
            [.approve, .suspend(reason: "a"), .hosted], [.setQuota(1)], [.refuse(reason: "")],
            [.refuse(reason: String(repeating: "a", count: 256))],
        ] as [[PrefixEvent]])
    func order(events: [PrefixEvent]) {
        #expect(throws: PrefixEventError.self) { try contract(events) }
    }
}
