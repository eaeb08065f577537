import BanyanIndex
import BanyanRegistry
import HandleProtocol
import OpenSSL
import Testing

/// A node's accounts, in a folder of their own.
struct TestAccounts {
    let registry: TestRegistry
    let register: AccountRegister
    static let origin = ChangeOrigin(principal: "test", source: "test")

    init() throws {
        registry = try TestRegistry()
        let key = try #require(DataKey(SecretBytes(Array(repeating: 3, count: DataKey.byteCount))))
        register = AccountRegister(index: registry.registrar.index, sink: registry.registrar, dataKey: key)
    }

    func add(
        _ name: String, role: Role = .enterprise, password: String = "Blue-lantern-7", contact: AccountContact? = nil
    ) throws {
        let account = Account(name: name, role: role, prefixes: ["88.118.8"], created: 1)
        let digest = PasswordDigest.digest(of: SecretBytes(Array(password.utf8)))
        try register.add(account, digest: digest, contact: contact, by: Self.origin)
    }
}

@Suite("Accounts and their passwords")
struct AccountTests {
    private let day: UInt64 = 1_565_841_600  // 2019-08-15 12:00:00 in China

    @Test("the day's digest is what deployed clients compute")
    func digest() {
        let digest = PasswordDigest.digest(of: SecretBytes(Array("123456".utf8)))
        let answer = String(decoding: PasswordDigest.answer(digest, on: "2019-08-15"), as: UTF8.self)
        #expect(answer.hasPrefix("58e2c92c") && answer.hasSuffix("7661"))
        #expect(PasswordDigest.days(at: day) == ["2019-08-15"])
        // 2019-08-16 00:01:00 there.
        #expect(PasswordDigest.days(at: 1_565_884_860) == ["2019-08-16", "2019-08-15"])
        #expect(CivilTime(inChinaAt: 1_709_136_000).dateAndTime == "2024-02-29 00:00:00")
    }

    @Test("an account signs in by password and by digest, an operator's by password alone")
    func signIn() throws {
        let accounts = try TestAccounts()
        try accounts.add("rongcheng")
        try accounts.add("admin", role: .operator, password: "Copper-kettle-9")
        let signIn = try SignIn(accounts.register, allowsAnswers: true)
        let password = SignIn.Proof.password(SecretBytes(Array("Blue-lantern-7".utf8)))
        #expect(try signIn.signIn("rongcheng", password, from: "192.0.2.1").prefixes == ["88.118.8"])
        let digest = PasswordDigest.digest(of: SecretBytes(Array("Blue-lantern-7".utf8)))
        let answer = PasswordDigest.answer(digest, on: "2019-08-15")
        #expect(try signIn.signIn("rongcheng", .answer(answer), from: "192.0.2.1", at: day).name == "rongcheng")
        #expect(throws: AccountError.wrongCredentials) {
            try signIn.signIn("rongcheng", .answer(answer), from: "192.0.2.1", at: day + 2 * 86_400)
        }
        let operatorDigest = PasswordDigest.digest(of: SecretBytes(Array("Copper-kettle-9".utf8)))
        let operatorAnswer = PasswordDigest.answer(operatorDigest, on: "2019-08-15")
        #expect(throws: AccountError.wrongCredentials) {
            try signIn.signIn("admin", .answer(operatorAnswer), from: "192.0.2.1", at: day)
        }
        let withoutAnswers = try SignIn(accounts.register, allowsAnswers: false)
        #expect(throws: AccountError.wrongCredentials) {
            try withoutAnswers.signIn("rongcheng", .answer(answer), from: "192.0.2.1", at: day)
        }
    }

    @Test("the fifth failure locks the name, known or not, and the lock is stored; another password ends it")
    func lockOut() throws {
        let accounts = try TestAccounts()
        try accounts.add("rongcheng")
        let signIn = try SignIn(accounts.register, allowsAnswers: true)
        for name in ["rongcheng", "nobody"] {
            for _ in 0..<LoginAttempts.nameFailureMax {
                #expect(throws: AccountError.wrongCredentials) {
                    try signIn.signIn(name, .answer([1]), from: "192.0.2.1")
                }
            }
            let error = #expect(throws: AccountError.self) {
                try signIn.signIn(name, .answer([1]), from: "192.0.2.2")
            }
            guard case .lockedOut(let seconds) = error else { return #expect(Bool(false), "\(name) is not locked") }
            #expect((1...901).contains(seconds))
        }
        let afterRestart = try SignIn(accounts.register, allowsAnswers: true)
        let password = SignIn.Proof.password(SecretBytes(Array("Green-lantern-8".utf8)))
        #expect(throws: AccountError.self) { try afterRestart.signIn("rongcheng", password, from: "192.0.2.1") }
        let digest = PasswordDigest.digest(of: SecretBytes(Array("Green-lantern-8".utf8)))
        try accounts.register.setPassword(of: "rongcheng", digest: digest, by: TestAccounts.origin)
        #expect(try afterRestart.signIn("rongcheng", password, from: "192.0.2.1").name == "rongcheng")
    }

    @Test("a disabled account does not sign in")
    func disabled() throws {
        let accounts = try TestAccounts()
        try accounts.add("rongcheng")
        try accounts.register.change("rongcheng", by: TestAccounts.origin) { $0.isDisabled = true }
        let signIn = try SignIn(accounts.register, allowsAnswers: true)
        #expect(throws: AccountError.wrongCredentials) {
            try signIn.signIn("rongcheng", .password(SecretBytes(Array("Blue-lantern-7".utf8))), from: "192.0.2.1")
        }
    }

    @Test("name, mail and telephone number belong to one account; a removed account gives them back")
    func uniqueness() throws {
        let accounts = try TestAccounts()
        try accounts.add("rongcheng", contact: AccountContact(email: "a@example.cn", mobile: "13800000001"))
        #expect(throws: AccountError.nameTaken) { try accounts.add("rongcheng") }
        #expect(throws: AccountError.emailTaken) {
            try accounts.add("other", contact: AccountContact(email: "A@example.cn", mobile: "13800000002"))
        }
        #expect(throws: AccountError.mobileTaken) {
            try accounts.add("other", contact: AccountContact(email: "b@example.cn", mobile: "13800000001"))
        }
        #expect(try accounts.register.account("other") == nil)
        #expect(try accounts.register.contact(of: "rongcheng")?.email == "a@example.cn")
        try accounts.register.remove("rongcheng", by: TestAccounts.origin)
        try accounts.add("other", contact: AccountContact(email: "a@example.cn", mobile: "13800000001"))
        #expect(try accounts.register.accounts().map(\.name) == ["other"])
    }

    @Test("names and passwords that are none are refused", arguments: ["", "a b", "a/b", "a:b", "a\u{0}", "\u{200B}"])
    func names(name: String) throws {
        let accounts = try TestAccounts()
        #expect(throws: AccountError.invalidName) { try accounts.add(name) }
        #expect(!PasswordDigest.isStrong(Array("password".utf8)))
        #expect(!PasswordDigest.isStrong(Array("Short-1".utf8)))
        #expect(PasswordDigest.isStrong(Array("天地玄黄宇宙洪荒".utf8)))
    }

    @Test("neither index nor journal hold a password or how to reach a person in clear")
    func secrecy() throws {
        let accounts = try TestAccounts()
        try accounts.add("rongcheng", contact: AccountContact(email: "a@example.cn", mobile: "13800000001"))
        try accounts.register.change("rongcheng", by: TestAccounts.origin) { $0.isDisabled = true }
        let snapshot = try accounts.registry.registrar.index.snapshot()
        let document = try #require(try snapshot.document(DocumentKey(.account, "rongcheng")))
        var journal = try snapshot.journal(from: 0)
        var text = String(decoding: document.body + document.secret, as: UTF8.self)
        var operations: [JournalOperation] = []
        var bodies = 0
        while let entry = try journal.next() {
            text += String(decoding: entry.bytes.array, as: UTF8.self)
            operations.append(entry.operation)
            if String(decoding: entry.recordBefore.array, as: UTF8.self).contains("enterprise") { bodies += 1 }
            #expect(!entry.recordBefore.array.contains(document.secret))
        }
        #expect(operations.filter { $0 == .setDocument }.count == 4)
        #expect(bodies == 1)
        for secret in ["Blue-lantern-7", "a@example.cn", "13800000001"] { #expect(!text.contains(secret)) }
        #expect(try Verification.verifyJournal(of: accounts.registry.registrar.index).problemCount == 0)
    }
}
