import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("The life of an identifier: suspended, withdrawn, resumed")
struct LifecycleTests {
    private static let name = "88.100.1/sn-1"
    private static let handle = Array(name.utf8)

    private func state(
        _ state: RecordState, _ reason: String = "", answering: [HandleValue] = [], of handle: [UInt8] = Self.handle
    ) -> Change {
        .setState(handle: handle, state, reason: Array(reason.utf8), answering: encoded(answering))
    }

    private func registered() throws -> TestRegistry {
        let registry = try TestRegistry()
        let own = [
            url("https://a.cn/", timestamp: 7), .text("hidden", index: 9, permissions: [.administratorRead]),
        ]
        _ = try registry.submit([.put(handle: Self.handle, values: encoded(own))])
        return registry
    }

    private func error(_ registry: TestRegistry, _ change: Change) throws -> RegistrationError? {
        try registry.submit([change], onConflict: .replace).rejections.first?.error
    }

    @Test(
        "what is out of use is answered with one public value of type STATUS, and keeps its own values",
        arguments: [
            RecordState.suspended, .withdrawn,
        ])
    func status(_ state: RecordState) throws {
        let registry = try registered()
        #expect(try registry.submit([self.state(state, "召回 17")]).replaced == 1)
        let answered = try registry.answered()
        #expect(answered.count == 1)
        let day = Timestamp(secondsSince1970: answered[0].timestamp).description.prefix(10)
        #expect(answered[0].index == 1)
        #expect(answered[0].type == Array("STATUS".utf8))
        #expect(String(decoding: answered[0].data, as: UTF8.self) == "\(state) \(day) 召回 17")
        #expect(answered[0].timeToLive == .seconds(3_600))
        #expect(answered[0].permissions.contains(.publicRead))
        let own = try registry.ownValues(of: Self.name)
        #expect(own.map(\.data) == [Array("https://a.cn/".utf8), Array("hidden".utf8)])
        #expect(own[0].timestamp == 7)
        #expect(try Verification.verify(registry.registrar.index).isSound)

        #expect(try registry.submit([self.state(.active)]).replaced == 1)
        #expect(try registry.values(of: Self.name) == own)
        #expect(try Verification.verify(registry.registrar.index).isSound)
    }

    @Test("nothing but a resumption changes what is out of use")
    func frozen() throws {
        let registry = try registered()
        for (state, refusal) in [
            (RecordState.suspended, RegistrationError.handleSuspended), (.withdrawn, .handleWithdrawn),
        ] {
            _ = try registry.submit([self.state(state)])
            let before = try registry.registrar.index.snapshot().prefixes()
            let value = encoded([url("new")])
            for change in [
                Change.put(handle: Self.handle, values: value), .delete(handle: Self.handle),
                .addValues(handle: Self.handle, values: encoded([url("new", index: 5)])),
                .modifyValues(handle: Self.handle, values: value), .removeValues(handle: Self.handle, indexes: [1]),
            ] {
                #expect(try error(registry, change) == refusal)
            }
            #expect(try registry.registrar.index.snapshot().prefixes() == before)
        }
        #expect(try error(registry, state(.suspended)) == .handleWithdrawn)
        #expect(try registry.submit([state(.withdrawn, "another day")]).unchanged == 1)
        #expect(try registry.submit([state(.active)]).replaced == 1)
        #expect(try registry.submit([state(.active)]).unchanged == 1)
        #expect(try registry.submit([.delete(handle: Self.handle)]).deleted == 1)
        #expect(try error(registry, state(.withdrawn)) == .handleNotFound)
    }

    @Test("a withdrawn name is there: whoever registers it again is told so, unless what is registered is the same")
    func registeredAgain() throws {
        let registry = try registered()
        _ = try registry.submit([state(.withdrawn)])
        let again = Change.put(handle: Self.handle, values: encoded(try registry.ownValues(of: Self.name)))
        #expect(try registry.submit([again]).rejections.first?.error == .handleExists)
        #expect(try registry.submit([again], onConflict: .skip).skipped == 1)
        #expect(try registry.submit([again], onConflict: .replace).rejections.first?.error == .handleWithdrawn)
    }

    @Test("what a dump has of a handle that is out of use is put back as it was")
    func putInactive() throws {
        let registry = try registered()
        _ = try registry.submit([state(.withdrawn, "scrapped")])
        let own = encoded(try registry.ownValues(of: Self.name))
        let answered = encoded(try registry.answered())
        let change = Change.putInactive(handle: Self.handle, values: own, state: .withdrawn, answering: answered)
        #expect(try registry.submit([change]).unchanged == 1)
        let other = try TestRegistry()
        #expect(try other.submit([change]).created == 1)
        #expect(try other.values(of: Self.name) == registry.values(of: Self.name))
        #expect(try other.ownValues(of: Self.name) == registry.ownValues(of: Self.name))
        #expect(try Verification.verify(other.registrar.index).isSound)
        let suspended = Change.putInactive(
            handle: Self.handle, values: own, state: .suspended, answering: answered)
        #expect(try other.submit([suspended]).rejections.first?.error == .handleExists)
        #expect(try other.submit([suspended], onConflict: .replace).replaced == 1)
        #expect(try other.row().counts.suspendedCount == 1)
        #expect(try other.row().counts.withdrawnCount == 0)
        #expect(
            try error(other, .putInactive(handle: Self.handle, values: own, state: .withdrawn, answering: []))
                == .noValues)
    }

    @Test("other values can be answered, up to 4,096 bytes of them")
    func otherAnswer() throws {
        let registry = try registered()
        let gone = url("https://a.cn/gone", index: 3, timestamp: 5)
        _ = try registry.submit([state(.withdrawn, answering: [gone])])
        #expect(try registry.values(of: Self.name) == [gone])
        _ = try registry.submit([state(.active)])
        let long = url(String(repeating: "x", count: 4_096))
        #expect(try error(registry, state(.withdrawn, answering: [long])) == .recordTooLong)
    }

    @Test("the journal says what was done and why, and what was there before")
    func journaled() throws {
        let registry = try registered()
        _ = try registry.submit([state(.suspended, "recall"), state(.withdrawn), state(.active, "mistake")])
        let snapshot = try registry.registrar.index.snapshot()
        var walk = try snapshot.journal(from: 3)
        var seen: [String] = []
        while let entry = try walk.next() {
            seen.append("\(entry.operation.rawValue) \(String(decoding: entry.reason.array, as: UTF8.self))")
        }
        #expect(seen == ["7 recall", "8 ", "9 mistake"])
        #expect(try Verification.verify(registry.registrar.index).isSound)
        var key = IndexKey()
        let isKey = key.set(Self.handle.rawSpan, caseRule: .insensitive)
        #expect(isKey)
        let time = try snapshot.journalEntry(3)?.time ?? 0
        let record = try snapshot.record(for: key, at: time)
        let isFound = record != nil
        #expect(isFound)
    }

    @Test(
        "a reason is text of at most 255 bytes in one line",
        arguments: [
            [UInt8](repeating: 0x61, count: 256), [0xFF], [0x0A], [0x00], [0x7F],
        ])
    func badReason(_ reason: [UInt8]) throws {
        let registry = try registered()
        #expect(try error(registry, .setState(handle: Self.handle, .withdrawn, reason: reason)) == .invalidReason)
        #expect(try error(registry, .suspend(prefix: Array("88.100.1".utf8), reason: reason)) == .invalidReason)
        #expect(try registry.values(of: Self.name)?.count == 2)
    }

    @Test("the longest record can be taken out of use, and comes back as it was")
    func longest() throws {
        let registry = try TestRegistry()
        let values = [url(String(repeating: "x", count: Limits.recordByteCount - 29))]
        #expect(encoded(values).count == Limits.recordByteCount)
        #expect(try registry.submit([.put(handle: Self.handle, values: encoded(values))]).created == 1)
        _ = try registry.submit([state(.withdrawn, "long")])
        #expect(try registry.values(of: Self.name)?.count == 1)
        let own = encoded(try registry.ownValues(of: Self.name))
        let answered = encoded(try registry.answered())
        let other = try TestRegistry()
        let copy = Change.putInactive(handle: Self.handle, values: own, state: .withdrawn, answering: answered)
        #expect(try other.submit([copy]).created == 1)
        _ = try other.submit([state(.active)])
        #expect(try other.values(of: Self.name)?.first?.data == values[0].data)
    }

    @Test("a name that differs from its key stays as registered through all states")
    func nameIsKept() throws {
        let registry = try TestRegistry()
        let handle = Array("88.100.1/Sn-é".utf8)
        _ = try registry.submit([.put(handle: handle, values: encoded([url("a")]))])
        for state in [RecordState.suspended, .withdrawn, .active] {
            _ = try registry.submit([self.state(state, of: Array("88.100.1/SN-é".utf8))])
            let snapshot = try registry.registrar.index.snapshot()
            var walk = try snapshot.records(in: .handles(under: Array("88.100.1".utf8)))
            let name = try walk.next()?.name.array
            #expect(name == handle)
        }
    }
}

extension TestRegistry {
    /// What everyone is answered of the handle that tests use.
    func answered() throws -> [HandleValue] { try values(of: "88.100.1/sn-1") ?? [] }

    /// The values that a handle keeps while it is out of use.
    func ownValues(of handle: String) throws -> [HandleValue] {
        let snapshot = try registrar.index.snapshot()
        var key = IndexKey()
        guard key.set(Array(handle.utf8).rawSpan, caseRule: .insensitive), let record = try snapshot.record(for: key)
        else { return [] }
        return try parse(record.ownValues)
    }

    /// The row of the prefix that tests use.
    func row() throws -> PrefixRow {
        let row = try registrar.index.snapshot().prefixRow(Array("88.100.1".utf8).rawSpan)
        return try #require(row)
    }
}
