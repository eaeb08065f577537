import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Prefixes, site and settings")
struct PrefixRulesTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("homing and unhoming can be repeated; records stay, and are there again")
    func home() throws {
        let registry = try TestRegistry(homing: [])
        let home = Change.home(prefix: bytes("0.na/ab.1"), caseRule: .insensitive)
        #expect(try registry.submit([home]).created == 1)
        #expect(try registry.submit([home, .home(prefix: bytes("AB.1"), caseRule: .insensitive)]).unchanged == 2)
        _ = try registry.submit([put("ab.1/x", url("x"))])
        #expect(try registry.submit([.unhome(prefix: bytes("ab.1"))]).replaced == 1)
        #expect(try registry.submit([.unhome(prefix: bytes("ab.1")), .unhome(prefix: bytes("ab.2"))]).unchanged == 2)
        #expect(try error(registry, put("ab.1/y", url("x"))) == .prefixNotHomed)
        let snapshot = try registry.registrar.index.snapshot()
        let entry = snapshot.prefix(bytes("AB.1").rawSpan)
        #expect(entry == nil)
        #expect(try registry.submit([home]).replaced == 1)
        #expect(try registry.values(of: "ab.1/x") != nil)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    @Test("a handle under a prefix that is not homed any more can still be deleted")
    func deleteUnhomed() throws {
        let registry = try TestRegistry()
        _ = try registry.submit([put("88.100.1/x", url("x")), .unhome(prefix: bytes("88.100.1"))])
        #expect(try registry.submit([.delete(handle: bytes("88.100.1/x"))]).deleted == 1)
    }

    @Test("a suspended prefix takes no change until it is resumed")
    func suspend() throws {
        let registry = try TestRegistry()
        #expect(try registry.submit([.suspend(prefix: bytes("88.100.1"))]).replaced == 1)
        #expect(try error(registry, put("88.100.1/y", url("x"))) == .prefixSuspended)
        #expect(try registry.submit([.home(prefix: bytes("88.100.1"), caseRule: .insensitive)]).unchanged == 1)
        #expect(try registry.submit([.resume(prefix: bytes("88.100.1"))]).replaced == 1)
        #expect(try registry.submit([put("88.100.1/y", url("x"))]).created == 1)
        #expect(try error(registry, .suspend(prefix: bytes("88.7"))) == .prefixNotHomed)
    }

    @Test("the case rule decides which names are equal, and stays while there are names")
    func caseRule() throws {
        let registry = try TestRegistry(homing: [])
        let sensitive = Change.home(prefix: bytes("ab.1"), caseRule: .sensitiveLocalName)
        _ = try registry.submit([.home(prefix: bytes("ab.1"), caseRule: .insensitive)])
        #expect(try registry.submit([sensitive]).replaced == 1)
        #expect(try registry.submit([put("ab.1/x", url("x")), put("AB.1/X", url("y"))]).created == 2)
        #expect(try error(registry, .home(prefix: bytes("ab.1"), caseRule: .insensitive)) == .caseRuleFixed)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    @Test("prefixes that are no prefixes are refused", arguments: ["", "a/b", "0.NA/a/b", "a\u{0}"])
    func invalid(prefix: String) throws {
        let registry = try TestRegistry(homing: [])
        #expect(try error(registry, .home(prefix: bytes(prefix), caseRule: .insensitive)) == .invalidPrefix)
        let long = String(repeating: "8", count: 256)
        #expect(try error(registry, .home(prefix: bytes(long), caseRule: .insensitive)) == .invalidPrefix)
        #expect(
            try registry.submit([.home(prefix: bytes(String(long.dropLast())), caseRule: .insensitive)]).created == 1)
    }

    @Test("a prefix's record is kept where 0.NA is homed, or the prefix or an ancestor of it")
    func prefixRecords() throws {
        let registry = try TestRegistry()
        let kept = ["0.NA/88.100.1", "88.100.1.5", "0.na/88.100.1.5.7"]
        #expect(try registry.submit(kept.map { put($0, url("x")) }).created == kept.count)
        #expect(try registry.values(of: "0.NA/88.100.1.5") != nil)
        for other in ["0.NA/88.100", "0.NA/88.100.10", "0.NA/88"] {
            #expect(try error(registry, put(other, url("x"))) == .prefixNotHomed)
        }
        _ = try registry.submit([.home(prefix: bytes("0.NA"), caseRule: .insensitive)])
        #expect(try registry.submit([put("0.NA/88", url("x"))]).created == 1)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    @Test("site and settings are stored once, journaled, and checked")
    func siteAndSettings() throws {
        let registry = try TestRegistry()
        let site: [UInt8] =
            [0, 1, 2, 11, 0, 3, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 28)
        #expect(try registry.submit([.setSite(record: site, serverPosition: 0)]).replaced == 1)
        #expect(try registry.submit([.setSite(record: site, serverPosition: 0)]).unchanged == 1)
        #expect(try error(registry, .setSite(record: site, serverPosition: 1)) == .invalidSite)
        #expect(try error(registry, .setSite(record: Array(site.prefix(17)), serverPosition: 0)) == .invalidSite)
        let setting = Change.setSetting(name: bytes("administrators"), value: [1, 2])
        #expect(try registry.submit([setting]).replaced == 1)
        #expect(try registry.registrar.index.snapshot().setting("administrators") == [1, 2])
        #expect(try registry.submit([setting]).unchanged == 1)
        #expect(try registry.submit([.setSetting(name: bytes("administrators"), value: [])]).replaced == 1)
        #expect(try registry.registrar.index.snapshot().setting("administrators") == nil)
        #expect(try error(registry, .setSetting(name: [], value: [1])) == .invalidSetting)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    private func error(_ registry: TestRegistry, _ change: Change) throws -> RegistrationError? {
        try registry.submit([change]).rejections.first?.error
    }
}
