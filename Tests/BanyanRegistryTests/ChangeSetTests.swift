import BanyanIndex
import BanyanRegistry
import HandleProtocol
import Testing

@Suite("Sets of changes as bytes")
struct ChangeSetTests {
    private func example() -> ChangeSet {
        var set = ChangeSet(
            onConflict: .replace, principal: "local", source: "load",
            checkpoint: Checkpoint(source: SourceIdentity(bytes: [1, 2, 3]), position: 77))
        set.append(put("88.100.1/a", url("x")))
        set.append(.removeValues(handle: Array("88.100.1/a".utf8), indexes: [1, 2]))
        set.append(.home(prefix: Array("88.2".utf8), caseRule: .sensitiveLocalName))
        set.append(.setSite(record: [1, 2], serverPosition: 3))
        set.append(.delete(handle: Array("88.100.1/a".utf8)))
        return set
    }

    @Test("what is written parses to the same")
    func roundTrip() throws {
        let set = example()
        let parsed = try ChangeSet(parsing: set.bytes)
        #expect(parsed.bytes == set.bytes && parsed.changeCount == 5)
    }

    @Test("bytes cut off anywhere are refused, or are a whole set of fewer changes")
    func truncation() throws {
        let bytes = example().bytes
        for count in 0..<bytes.count {
            do throws(SubmissionError) {
                let parsed = try ChangeSet(parsing: Array(bytes.prefix(count)))
                #expect(parsed.changeCount < 5 && parsed.byteCount == count)
            } catch {
                #expect(error == .malformedSet)
            }
        }
    }

    @Test("unknown operations, rules and formats are refused")
    func unknown() {
        for offset in [0, 1] {
            var bytes = example().bytes
            bytes[offset] = 9
            #expect(throws: SubmissionError.malformedSet) { try ChangeSet(parsing: bytes) }
        }
        var set = ChangeSet()
        set.append(.delete(handle: []))
        var bytes = set.bytes
        bytes[bytes.count - 12] = 99
        #expect(throws: SubmissionError.malformedSet) { try ChangeSet(parsing: bytes) }
    }

    @Test("a set that is full says so, and one that is too large is refused")
    func limits() throws {
        var set = ChangeSet()
        for _ in 0..<ChangeSet.changeCountMax { set.append(.delete(handle: [1])) }
        #expect(set.isFull)
        #expect(throws: Never.self) { try ChangeSet(parsing: set.bytes) }
        set.append(.delete(handle: [1]))
        #expect(throws: SubmissionError.setTooLarge) { try ChangeSet(parsing: set.bytes) }
        let registry = try TestRegistry()
        #expect(throws: SubmissionError.setTooLarge) { try registry.registrar.submit(set) }
        set.removeAll()
        #expect(set.isEmpty && set.bytes == ChangeSet().bytes)
    }

    @Test("a name or record that is too long is cut, stays bounded, and is still refused")
    func cut() throws {
        let registry = try TestRegistry()
        let long = [UInt8](repeating: 0x61, count: 70_000)
        let result = try registry.submit([
            .put(handle: long, values: []),
            .put(handle: Array("88.100.1/a".utf8), values: [UInt8](repeating: 0, count: 1 << 20)),
        ])
        #expect(result.rejections.map(\.error) == [.handleTooLong, .recordTooLong])
    }

    @Test("a set that rests on a setting is not done when the setting has changed")
    func requireSetting() throws {
        let registry = try TestRegistry()
        let name = Array("administrators".utf8)
        func sequence() throws -> UInt64 { try registry.registrar.index.snapshot().settingSequence("administrators") }
        #expect(try sequence() == 0)
        let first = Change.requireSetting(name: name, sequence: 0)
        #expect(try registry.submit([first, put("88.100.1/a", url("a"))]).created == 1)
        _ = try registry.submit([.setSetting(name: name, value: [1])])
        let stale = try registry.submit([first, put("88.100.1/b", url("b"))])
        #expect(stale.rejections.map(\.error) == [.recordChanged])
        #expect(try registry.values(of: "88.100.1/b") == nil)
        let current = Change.requireSetting(name: name, sequence: try sequence())
        #expect(try registry.submit([current, put("88.100.1/b", url("b"))]).created == 1)
    }
}
