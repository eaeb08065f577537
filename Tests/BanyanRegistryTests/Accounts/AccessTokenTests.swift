import BanyanIndex
import BanyanRegistry
import Testing

@Suite("Access tokens, and what a principal may")
struct AccessTokenTests {
    @Test("a token is known by its text until it ends or is revoked, from its networks only")
    func life() throws {
        let accounts = try TestAccounts()
        let made = try accounts.register.makeToken(
            role: .enterprise, prefixes: ["88.118.8"], operations: [.create], expires: 2_000,
            networks: ["192.0.2.0/24"], by: TestAccounts.origin)
        #expect(made.text.hasPrefix("bny_" + made.token.identifier + "_"))
        func principal(
            _ text: String, at time: UInt64 = 1_000, from network: String = "192.0.2.0/24"
        ) throws -> Principal? {
            try accounts.registry.registrar.index.snapshot()
                .principal(ofToken: text, at: time) { $0 == network }
        }
        let found = try #require(try principal(made.text))
        #expect(found.may(.create, under: "88.118.8"))
        #expect(!found.may(.delete, under: "88.118.8"))
        #expect(try principal(made.text, at: 2_000) == nil)
        #expect(try principal(made.text, from: "198.51.100.0/24") == nil)
        #expect(try principal(made.text + "x") == nil)
        #expect(try principal(String(made.text.dropLast())) == nil)
        for text in ["", "bny_", "bny_0123456789ab_", "bny_zzzzzzzzzzzz_x", String(repeating: "b", count: 1_000)] {
            #expect(try principal(text) == nil)
        }
        try accounts.register.revokeToken("bny_" + made.token.identifier, by: TestAccounts.origin)
        #expect(try principal(made.text) == nil)
        #expect(throws: AccountError.noSuchName) {
            try accounts.register.revokeToken(made.token.identifier, by: TestAccounts.origin)
        }
    }

    @Test("a role allows what it says, under its prefixes and those derived from them")
    func roles() {
        let enterprise = Principal(name: "e", role: .enterprise, prefixes: ["88.118.8"])
        #expect(enterprise.may(.create, under: "88.118.8") && enterprise.may(.create, under: "88.118.8.1"))
        #expect(!enterprise.may(.create, under: "88.118.80") && !enterprise.may(.account))
        let auditor = Principal(name: "a", role: .auditor, prefixes: [])
        #expect(auditor.may(.read, under: "88.118.8") && !auditor.may(.update, under: "88.118.8"))
        let scoped = Principal(name: "o", role: .operator, prefixes: ["88.118.A"])
        #expect(scoped.may(.delete, under: "88.118.a") && !scoped.may(.delete, under: "88.118.8"))
        #expect(!scoped.may(.account))
        #expect(Principal.prefix(of: Array("88.118.a/SN/1".utf8)) == "88.118.A")
        #expect(Principal.prefix(of: Array("0.na/88.118.8".utf8)) == "88.118.8")
    }

    @Test("a sign-in's token counts for a day, and ends with the account")
    func signedIn() throws {
        let signedIn = SignedIn()
        let now = ContinuousClock.now
        let text = try signedIn.admit("rongcheng", at: now)
        #expect(signedIn.name(ofToken: text, at: now + .seconds(86_399)) == "rongcheng")
        #expect(signedIn.name(ofToken: text, at: now + .seconds(86_400)) == nil)
        let other = try signedIn.admit("rongcheng", at: now)
        signedIn.dismiss("rongcheng")
        #expect(signedIn.name(ofToken: other, at: now) == nil)
    }
}
