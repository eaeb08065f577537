import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("What changes do, and what is refused")
struct ChangeRulesTests {
    @Test("a handle that is there: by the conflict rule, but the same values are done in every mode")
    func conflicts() throws {
        for rule in ConflictRule.allCases {
            let registry = try TestRegistry()
            _ = try registry.submit([put("88.100.1/a", url("one", timestamp: 5))])
            let same = try registry.submit([put("88.100.1/A", url("one", timestamp: 9))], onConflict: rule)
            #expect(same.unchanged == 1 && same.journalHead == 2)
            #expect(try registry.values(of: "88.100.1/a")?.first?.timestamp == 5)
            let other = try registry.submit([put("88.100.1/a", url("two", timestamp: 9))], onConflict: rule)
            let stored = try registry.values(of: "88.100.1/a")
            switch rule {
            case .fail:
                #expect(other.rejections == [.init(ordinal: 0, error: .handleExists)])
                #expect(stored == [url("one", timestamp: 5)])
            case .skip:
                #expect(other.skipped == 1 && stored == [url("one", timestamp: 5)])
            case .replace:
                #expect(other.replaced == 1 && stored == [url("two", timestamp: 9)])
            }
        }
    }

    @Test("timestamps that are absent become now, given ones stay")
    func timestamps() throws {
        let registry = try TestRegistry()
        _ = try registry.submit([put("88.100.1/a", url("one", index: 1), url("two", index: 2, timestamp: 77))])
        let stored = try #require(try registry.values(of: "88.100.1/a"))
        #expect(stored[0].timestamp > 1_500_000_000)
        #expect(stored[1].timestamp == 77)
    }

    @Test("values are added, modified and removed; the others stay in their places")
    func values() throws {
        let registry = try TestRegistry()
        let handle = Array("88.100.1/a".utf8)
        let (one, two, three) = (
            url("one", index: 1, timestamp: 1), url("two", index: 2, timestamp: 2), url("three", index: 3, timestamp: 3)
        )
        _ = try registry.submit([put("88.100.1/a", one, two)])
        #expect(try registry.submit([.addValues(handle: handle, values: encoded([three]))]).replaced == 1)
        #expect(try registry.values(of: "88.100.1/a") == [one, two, three])
        let changed = url("TWO", index: 2, timestamp: 9)
        // A value that stays the same keeps its timestamp.
        let again = url("one", index: 1, timestamp: 9)
        #expect(try registry.submit([.modifyValues(handle: handle, values: encoded([changed, again]))]).replaced == 1)
        #expect(try registry.values(of: "88.100.1/a") == [one, changed, three])
        #expect(try registry.submit([.removeValues(handle: handle, indexes: [1, 3])]).replaced == 1)
        #expect(try registry.values(of: "88.100.1/a") == [changed])
    }

    @Test("values added with overwriting take the place of those that are there; one that is the same stays")
    func overwriting() throws {
        let registry = try TestRegistry()
        let handle = Array("88.100.1/a".utf8)
        let (one, two) = (url("one", index: 1, timestamp: 1), url("two", index: 2, timestamp: 2))
        _ = try registry.submit([put("88.100.1/a", two, one)])
        let (same, changed) = (url("one", index: 1, timestamp: 9), url("TWO", index: 2, timestamp: 9))
        let change = Change.addValues(handle: handle, values: encoded([changed, same]), overwrites: true)
        #expect(try registry.submit([change]).replaced == 1)
        #expect(try registry.values(of: "88.100.1/a") == [one, changed])
    }

    @Test("what depends on a record that has changed is not done, nor what stands behind it")
    func requirements() throws {
        let registry = try TestRegistry()
        let handle = Array("88.100.1/a".utf8)
        let first = try registry.submit([.require(handle: handle, sequence: 0), put("88.100.1/A", url("one"))])
        #expect(first.created == 1 && first.unchanged == 0)
        let sequence = first.journalHead
        let stale = try registry.submit([
            put("88.100.1/before", url("x")), .require(handle: handle, sequence: 0), put("88.100.1/b", url("x")),
        ])
        #expect(stale.rejections == [.init(ordinal: 1, error: .recordChanged)] && stale.created == 1)
        #expect(try registry.values(of: "88.100.1/b") == nil)
        let deletion = try registry.submit([.require(handle: handle, sequence: sequence), .delete(handle: handle)])
        #expect(deletion.deleted == 1)
        // A deleted handle has a sequence as well: creating it again is a change of its own.
        #expect(try registry.submit([.require(handle: handle, sequence: 0)]).rejections.count == 1)
        let deleted = sequence + 2
        #expect(try registry.submit([.require(handle: handle, sequence: deleted)]).rejections == [])
    }

    @Test("what was required once is looked at again when it has been changed since, in the same transaction")
    func requirementsInOneTransaction() throws {
        let registry = try TestRegistry()
        let (one, two) = (Array("88.100.1/a".utf8), Array("88.100.1/b".utf8))
        let sequence = try registry.submit([put("88.100.1/a", url("one"))]).journalHead
        let required = Change.require(handle: one, sequence: sequence)
        #expect(try registry.submit([required, required, put("88.100.1/c", url("x")), required]).rejections == [])
        for change in [
            put("88.100.1/A", url("two")), .delete(handle: one),
            .addValues(handle: one, values: encoded([url("x", index: 2)]), overwrites: false),
        ] {
            let registry = try TestRegistry()
            let sequence = try registry.submit([put("88.100.1/a", url("one"))]).journalHead
            let required = Change.require(handle: one, sequence: sequence)
            let result = try registry.submit([required, change, required], onConflict: .replace)
            #expect(result.rejections == [.init(ordinal: 2, error: .recordChanged)])
        }
        let isNew = Change.require(handle: two, sequence: 0)
        let taken = try registry.submit([isNew, required, put("88.100.1/b", url("x")), isNew])
        #expect(taken.rejections == [.init(ordinal: 3, error: .recordChanged)] && taken.created == 1)
    }

    @Test("a refused change of values leaves no trace")
    func refusedValues() throws {
        let registry = try TestRegistry()
        let handle = Array("88.100.1/a".utf8)
        let values = [url("one", index: 1, timestamp: 1), url("two", index: 2, timestamp: 2)]
        _ = try registry.submit([.put(handle: handle, values: encoded(values))])
        let refused: [(Change, RegistrationError)] = [
            (.addValues(handle: handle, values: encoded([url("x", index: 2)])), .valueExists),
            (.addValues(handle: handle, values: []), .noValues),
            (.modifyValues(handle: handle, values: encoded([url("x", index: 1), url("x", index: 3)])), .valueNotFound),
            (.removeValues(handle: handle, indexes: [1, 3]), .valueNotFound),
            (.removeValues(handle: handle, indexes: [1, 1]), .duplicateIndex),
            (.removeValues(handle: handle, indexes: []), .noValues),
            (.addValues(handle: Array("88.100.1/b".utf8), values: encoded(values)), .handleNotFound),
            (.delete(handle: Array("88.100.1/b".utf8)), .handleNotFound),
        ]
        for (change, error) in refused {
            let result = try registry.submit([change])
            #expect(result.rejections == [.init(ordinal: 0, error: error)])
            #expect(result.journalHead == 2)
        }
        #expect(try registry.values(of: "88.100.1/a") == values)
    }

    @Test("values that break a rule are refused, and the set goes on")
    func valueRules() throws {
        let registry = try TestRegistry()
        let whole = encoded([url("x")])
        let cases: [([UInt8], RegistrationError)] = [
            (encoded([url("x", index: 0)]), .invalidIndex),
            (encoded([url("x", index: 0x8000_0000)]), .invalidIndex),
            (encoded([url("x", index: 1), url("y", index: 1)]), .duplicateIndex),
            (encoded([url("x", index: 2), url("y", index: 1), url("z", index: 2)]), .duplicateIndex),
            (Array(whole.dropLast()), .malformedValue),
            (whole + [0], .malformedValue),
            (encoded([url(String(repeating: "x", count: Limits.recordByteCount))]), .recordTooLong),
            (encoded((1...2_049).map { url("", index: $0) }), .tooManyValues),
        ]
        var changes: [Change] = cases.map { .put(handle: Array("88.100.1/a".utf8), values: $0.0) }
        changes.append(put("88.100.1/b", url("x")))
        let result = try registry.submit(changes)
        #expect(result.rejections == cases.indices.map { .init(ordinal: $0, error: cases[$0].1) })
        #expect(result.created == 1)
    }

    @Test("as many values and bytes as may be are stored")
    func largest() throws {
        let registry = try TestRegistry()
        let many = (1...UInt32(Limits.valueCount)).map { url("", index: $0, timestamp: 1) }
        let empty = encoded([url("", timestamp: 1)]).count
        let long = [url(String(repeating: "x", count: Limits.recordByteCount - empty), timestamp: 1)]
        let result = try registry.submit([
            .put(handle: Array("88.100.1/many".utf8), values: encoded(many)),
            .put(handle: Array("88.100.1/long".utf8), values: encoded(long)),
        ])
        #expect(result.created == 2)
        #expect(try registry.values(of: "88.100.1/many") == many)
        #expect(try registry.values(of: "88.100.1/long") == long)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    @Test("names that break a rule are refused")
    func nameRules() throws {
        let registry = try TestRegistry()
        let cases: [([UInt8], RegistrationError)] = [
            ([], .invalidHandle),
            (Array("88.100.1/a\0".utf8), .invalidHandle),
            (Array("88.100.1/".utf8) + [0xFF], .invalidHandle),
            (Array("88.100.1/".utf8) + [0xC0, 0x80], .invalidHandle),
            (Array("88.100.1/".utf8) + [0xED, 0xA0, 0x80], .invalidHandle),
            (Array("88.100.1/".utf8) + [0xE6, 0x96], .invalidHandle),
            (Array(("88.100.1/" + String(repeating: "x", count: 2_040)).utf8), .handleTooLong),
            (Array("88.100.2/a".utf8), .prefixNotHomed),
            (Array("/a".utf8), .prefixNotHomed),
        ]
        let values = encoded([url("x")])
        let result = try registry.submit(cases.map { .put(handle: $0.0, values: values) })
        #expect(result.rejections == cases.indices.map { .init(ordinal: $0, error: cases[$0].1) })
        let good = ["88.100.1/标识-😀", "88.100.1/" + String(repeating: "x", count: 2_039), "88.100.1/", "88.100.1/a/b"]
        #expect(try registry.submit(good.map { put($0, url("x")) }).created == good.count)
    }

    @Test("a deleted handle can be registered again, and its history goes on")
    func deletion() throws {
        let registry = try TestRegistry()
        _ = try registry.submit([put("88.100.1/a", url("one"))])
        #expect(try registry.submit([.delete(handle: Array("88.100.1/A".utf8))]).deleted == 1)
        #expect(try registry.values(of: "88.100.1/a") == nil)
        #expect(try registry.submit([put("88.100.1/a", url("two", timestamp: 3))]).created == 1)
        #expect(try registry.values(of: "88.100.1/a") == [url("two", timestamp: 3)])
        let snapshot = try registry.registrar.index.snapshot()
        let row = try #require(try snapshot.prefixRow(Array("88.100.1".utf8).rawSpan))
        #expect(row.handleCount == 1 && row.recordCount == 1)
        let previous = try snapshot.journalEntry(4)?.previousSequence
        #expect(previous == 3)
    }
}
