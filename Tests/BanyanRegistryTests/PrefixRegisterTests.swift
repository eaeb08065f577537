import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import OpenSSL
import Testing

@Suite("Prefixes from application to end, and what is about persons")
struct PrefixRegisterTests {
    private let registry: TestRegistry
    private let accounts: AccountRegister
    private let files: FolderFiles
    private let register: PrefixRegister
    private let origin = ChangeOrigin(principal: "test", source: "test")

    init() throws {
        registry = try TestRegistry()
        files = FolderFiles(folder: try TemporaryFolder())
        let key = try #require(DataKey(SecretBytes(Array(repeating: 3, count: DataKey.byteCount))))
        let index = registry.registrar.index
        accounts = AccountRegister(index: index, sink: registry.registrar, dataKey: key)
        register = PrefixRegister(
            index: index, sink: registry.registrar, accounts: accounts, dataKey: key, files: files)
    }

    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    private func application(
        _ text: String, user: String, code: String = "91370000000000000X", files: [UInt64] = []
    ) throws -> PrefixApplication {
        let enterprise = Enterprise(
            name: "荣成轴承", nature: "2", certificateType: 1, certificateCode: code, description: nil, website: nil,
            address: "某路1号", industry: "C", owner: "")
        let contact = AccountContact(email: user + "@example.cn", mobile: "138" + user)
        let digest = PasswordDigest.digest(of: SecretBytes(Array("Blue-lantern-7".utf8)))
        return PrefixApplication(
            applicant: .newAccount(name: user, digest: digest, contact: contact), enterprise: enterprise,
            prefix: try prefix(text), contents: Array("110101199003070001".utf8), files: files)
    }

    @Test("an application is taken whole or not at all: prefix, certificate, account and file belong to one")
    func uniqueness() throws {
        let file = try register.keep(Array("BMabc".utf8), .bmp, of: "gamma", by: origin)
        _ = try register.apply(application("88.118.9", user: "gamma", files: [file.number]), by: origin)
        #expect(throws: PrefixRegisterError.prefixTaken) {
            try register.apply(application("88.118.9", user: "delta", code: "2"), by: origin)
        }
        #expect(throws: PrefixRegisterError.certificateTaken) {
            try register.apply(application("88.118.10", user: "delta"), by: origin)
        }
        #expect(throws: PrefixRegisterError.account(.nameTaken)) {
            try register.apply(application("88.118.10", user: "gamma", code: "2"), by: origin)
        }
        #expect(throws: PrefixRegisterError.fileTaken) {
            try register.apply(application("88.118.10", user: "delta", code: "2", files: [file.number]), by: origin)
        }
        #expect(throws: PrefixRegisterError.noSuchFile) {
            try register.apply(application("88.118.10", user: "delta", code: "2", files: [1]), by: origin)
        }
        #expect(throws: PrefixRegisterError.prefixTaken) {
            // Homed, and nobody's application: the node's own.
            try register.apply(application("88.100.1", user: "delta", code: "2"), by: origin)
        }
        #expect(try accounts.account("delta") == nil)
        #expect(try register.contracts().map(\.prefix) == ["88.118.9"])
        // The upload and one application: nothing is left of those that were refused.
        #expect(files.names.count == 2)
    }

    @Test("the owner's account has the prefix from its approval to its end; a transfer moves it")
    func ownership() throws {
        let name = try prefix("88.118.9")
        _ = try register.apply(application("88.118.9", user: "gamma"), by: origin)
        #expect(try accounts.account("gamma")?.prefixes == [])
        try register.apply(.approve, to: name, by: origin)
        #expect(try accounts.account("gamma")?.prefixes == ["88.118.9"])
        _ = try register.apply(application("88.118.10", user: "delta", code: "2"), by: origin)
        let number = try #require(try accounts.account("delta")?.enterprise)
        try register.apply(.transfer(enterprise: number, owner: "delta"), to: name, by: origin)
        #expect(try accounts.account("gamma")?.prefixes == [])
        #expect(try accounts.account("delta")?.prefixes == ["88.118.9"])
        try register.apply(.revoke(reason: "合同到期"), to: name, by: origin)
        #expect(try accounts.account("delta")?.prefixes == [])
        #expect(throws: PrefixRegisterError.event(.notInState(.revoked))) {
            try register.apply(.approve, to: name, by: origin)
        }
        #expect(throws: PrefixRegisterError.noSuchPrefix) {
            try register.apply(.approve, to: prefix("88.118.11"), by: origin)
        }
        // It may be applied for again.
        _ = try register.apply(application("88.118.9", user: "epsilon", code: "3"), by: origin)
        #expect(try register.contract(of: name)?.state == .applied)
    }

    @Test("an application is sealed, its reading is journaled, and it is gone when its time is over")
    func personalData() throws {
        let name = try prefix("88.118.9")
        let file = try register.keep(Array("BMabc".utf8), .bmp, of: "gamma", by: origin)
        let enterprise = try register.apply(
            application("88.118.9", user: "gamma", files: [file.number]), by: origin)
        for stored in files.names {
            #expect(!String(decoding: try files.read(stored), as: UTF8.self).contains("110101199003070001"))
        }
        let contents = try register.contents(of: enterprise.number, readBy: "admin", origin)
        #expect(contents == Array("110101199003070001".utf8))
        #expect(try register.enterprise(enterprise.number)?.lastReading?.reader == "admin")

        let later = ChangeOrigin.now + 1_000
        #expect(try register.removePersonalData(endedBefore: later, by: origin) == 0)
        try register.apply(.refuse(reason: "资料不全"), to: name, by: origin)
        #expect(try register.removePersonalData(endedBefore: 10, by: origin) == 0)
        #expect(try register.removePersonalData(endedBefore: later, by: origin) == 1)
        #expect(files.names.isEmpty)
        #expect(try register.contents(of: enterprise.number, readBy: "admin", origin) == nil)
        #expect(try register.removePersonalData(endedBefore: later, by: origin) == 0)

        let snapshot = try registry.registrar.index.snapshot()
        var journal = try snapshot.journal(from: 0)
        var text = ""
        while let entry = try journal.next() { text += String(decoding: entry.bytes.array, as: UTF8.self) }
        #expect(text.contains("荣成轴承") && !text.contains("110101199003070001"))
    }
}
