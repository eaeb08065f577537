import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Rules for names under a prefix")
struct NameRulesTests {
    private func rules(_ texts: [String: String]) throws -> IdentifierRules {
        var rules = IdentifierRules()
        for (name, text) in texts { try rules.set(name, to: text) }
        return rules
    }

    private func error(
        _ name: String, _ texts: [String: String], caseRule: CaseRule = .insensitive
    ) throws -> RegistrationError? {
        let check = try NameCheck(rules(texts), caseRule: caseRule)
        let bytes = Array(name.utf8)
        do throws(RegistrationError) {
            try check.check(localName: bytes.rawSpan)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a pattern is about the whole name",
        arguments: [
            ("SN-[0-9]{4}", "SN-0123", "SN-01234"), ("SN-[0-9]{4}", "SN-0000", "xSN-0000"),
            ("^a(b|cd)*e?$", "ACDBE", "ACE D"), ("a{2,3}", "AAA", "AAAA"), ("a{2,}", "AAAAAAA", "A"), ("", "", "x"),
            ("[^/]+", "a.b", "a/b"), (".+", "标识 α", ""), (#"\d+\.\w+"#, "12.a_9", "12xa"), ("[A-Z0-9-]+", "a-9", "a_9"),
            ("[标-识]+", "标识", "a"), ("[]a]+", "]a", "b"), (#"[\]\\-]+"#, #"]\-"#, "["), ("(a|b|)c", "c", "ab"),
            ("(((a*)*)*)*b", "aaab", "aaaa"), ("(|a){3}", "aa", "aaaa"), ("a|b|c", "c", "ab"), (#"\$\^"#, "$^", "$"),
        ])
    func pattern(_ pattern: String, _ good: String, _ bad: String) throws {
        if !pattern.isEmpty { #expect(try error(good, ["pattern": pattern]) == nil) }
        if !pattern.isEmpty { #expect(try error(bad, ["pattern": pattern]) == .namePattern) }
    }

    @Test(
        "a pattern that cannot be read is refused with its place",
        arguments: [
            ("[0-9", 5), ("a)", 2), ("(a", 3), ("a{3", 4), ("a{3,2}", 7), ("a{300}", 5), ("*a", 1), ("a**", 3),
            ("(?:a)", 2),
            (#"\q"#, 2), ("[z-a]", 5), ("a{}", 3), (#"a\"#, 3), ("+", 1), ("(?=a)", 2), (#"(a)\1"#, 5),
        ])
    func badPattern(_ pattern: String, _ column: Int) throws {
        let found = #expect(throws: RuleError.self) { try rules(["pattern": pattern]) }
        #expect(found?.description.contains("(column \(column))") == true, "\(found?.description ?? "")")
    }

    @Test(
        "no pattern takes long, to read or to match",
        arguments: [
            "(((((((a{255}){255}){255}){255}){255}){255}){255})", "((((((((){255}){255}){255}){255}){255}){255}))",
            String(repeating: "(", count: 200), String(repeating: "a{255}", count: 90),
        ])
    func hugePattern(_ pattern: String) {
        #expect(throws: RuleError.self) { try rules(["pattern": pattern]) }
    }

    @Test("what ruins matchers that go back is matched in the time of the name's length")
    func catastrophic() throws {
        let name = String(repeating: "a", count: 2_000)
        for pattern in ["(a+)+b", "(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)*(.*)*(.*)*b"] {
            #expect(try error(name, ["pattern": pattern]) == .namePattern)
            #expect(try error(name + "b", ["pattern": pattern]) == nil)
        }
    }

    @Test("where names have no case patterns have none; elsewhere they have")
    func caseRules() throws {
        #expect(try error("SN-A", ["pattern": "sn-[a-c]"]) == nil)
        #expect(try error("SN-A", ["pattern": "sn-[a-c]"], caseRule: .sensitiveLocalName) == .namePattern)
        #expect(try error("A", ["pattern": "[^a]"]) == .namePattern)
        #expect(try error("A", ["pattern": "[^a]"], caseRule: .sensitiveLocalName) == nil)
    }

    @Test("length counts characters, not bytes")
    func length() throws {
        #expect(try error("标识", ["length": "2..3"]) == nil)
        #expect(try error("标", ["length": "2..3"]) == .nameLength)
        #expect(try error("abcd", ["length": "2..3"]) == .nameLength)
        #expect(try error("ab", ["length": "2"]) == nil)
        for text in ["0..3", "3..2", "a", "1..", "..2", "1..9999", "-1..2", "1..2..3"] {
            #expect(throws: RuleError.self, "\(text)") { try rules(["length": text]) }
        }
    }

    /// From the standards' own examples, and numbers that are in use.
    @Test(
        "check characters are those of the standards",
        arguments: [
            ("mod-37-36", "A12425GABC1234002", "M"), ("mod-11-10", "0794", "5"), ("luhn", "7992739871", "3"),
            ("luhn", "453201511283036", "6"), ("gs1", "629104150021", "3"), ("gs1", "400638133393", "1"),
            ("gs1", "10614141192837465", "7"), ("mod-37-36", "A1-2425-GABC-1234-002-", "M"),
        ])
    func checkCharacters(_ kind: String, _ name: String, _ last: String) throws {
        #expect(try error(name + last, ["check-character": kind]) == nil)
        let check = try #require(CheckCharacter(rawValue: kind))
        #expect(check.character(behind: Array(name.utf8)) == last.utf8.first)
        for wrong in "0123456789" where String(wrong) != last {
            #expect(try error(name + String(wrong), ["check-character": kind]) == .nameCheckCharacter)
        }
    }

    @Test("every exchange of one character is found by every kind", arguments: CheckCharacter.allCases)
    func singleErrors(_ kind: CheckCharacter) throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            let digits = (0..<12).map { _ in UInt8.random(in: 0x30...0x39, using: &random) }
            let last = try #require(kind.character(behind: digits))
            let good = digits + [last]
            #expect(try error(String(decoding: good, as: UTF8.self), ["check-character": kind.rawValue]) == nil)
            for position in digits.indices {
                var bad = good
                bad[position] = bad[position] == 0x39 ? 0x30 : bad[position] + 1
                #expect(
                    try error(String(decoding: bad, as: UTF8.self), ["check-character": kind.rawValue])
                        == .nameCheckCharacter)
            }
        }
        for name in ["", "1", "-", "标1", "1 2"] {
            #expect(try error(name, ["check-character": kind.rawValue]) == .nameCheckCharacter)
        }
    }

    @Test("rules are stored and read back; unknown ones are refused")
    func stored() throws {
        let all = try rules([
            "pattern": "[A-Z ]+ x", "length": "1..9", "characters": "A-Z x", "check-character": "luhn",
        ])
        #expect(try IdentifierRules(parsing: all.bytes) == all)
        #expect(try IdentifierRules(parsing: []).isEmpty)
        var none = all
        for name in ["pattern", "characters", "check-character", "length"] { try none.set(name, to: "none") }
        #expect(none.isEmpty)
        for (name, text) in [("colour", "red"), ("check-character", "crc"), ("pattern", "a\nb"), ("characters", "z-a")]
        {
            #expect(throws: RuleError.self) { try rules([name: text]) }
        }
    }

    @Test("a new name that breaks a rule is refused, and what was there before the rules stays")
    func registration() throws {
        let registry = try TestRegistry()
        let prefix = Array("88.100.1".utf8)
        _ = try registry.submit([put("88.100.1/old", url("a"))])
        let set = Change.setRules(prefix: prefix, rules: try rules(["pattern": "SN-[0-9]{2}", "length": "5"]).bytes)
        #expect(try registry.submit([set]).replaced == 1)
        #expect(try registry.submit([set]).unchanged == 1)
        let result = try registry.submit(
            [
                put("88.100.1/old", url("b")), put("88.100.1/SN-1a", url("a")), put("88.100.1/sn-12", url("a")),
                put("88.100.1/SN-123", url("a")),
            ], onConflict: .replace)
        #expect((result.created, result.replaced) == (1, 1))
        #expect(result.rejections.map(\.error) == [.namePattern, .nameLength])
        #expect(try registry.row().rules == rules(["pattern": "SN-[0-9]{2}", "length": "5"]).bytes)
        // They live with the prefix, whatever else becomes of it.
        _ = try registry.submit([.suspend(prefix: prefix), .resume(prefix: prefix), .unhome(prefix: prefix)])
        _ = try registry.submit([.home(prefix: prefix, caseRule: .insensitive)])
        #expect(try registry.submit([put("88.100.1/x", url("a"))]).rejections.first?.error == .nameLength)
        _ = try registry.submit([.setRules(prefix: prefix, rules: [])])
        #expect(try registry.submit([put("88.100.1/x", url("a"))]).created == 1)
        #expect(try registry.submit([.delete(handle: Array("88.100.1/x".utf8))]).deleted == 1)
        _ = try registry.submit([set])
        #expect(try registry.submit([put("88.100.1/x", url("a"))]).rejections.first?.error == .nameLength)
        #expect(try Verification.verify(registry.registrar.index).isSound)
        let bad = Change.setRules(prefix: prefix, rules: Array("pattern [".utf8))
        #expect(try registry.submit([bad]).rejections.first?.error == .invalidRules)
        let elsewhere = Change.setRules(prefix: Array("88.7".utf8), rules: [])
        #expect(try registry.submit([elsewhere]).rejections.first?.error == .prefixNotHomed)
    }
}
