import BanyanIndex
import BanyanTestSupport
import HandleProtocol
import LMDB
import Testing

@Suite("The index and its snapshots")
struct HandleIndexTests {
    @Test("an index is made once")
    func create() throws {
        let test = try TestIndex(chainAlgorithm: .sm3)
        test.close()
        #expect(throws: IndexError.exists) { try HandleIndex(directory: test.folder.path, access: .create) }
        #expect(try test.open().chainAlgorithm == .sm3)
    }

    @Test("an index of a newer version is refused, saying what to do")
    func newerSchema() throws {
        let test = try TestIndex()
        test.close()
        try Self.setSchema(3, in: test.folder.path)
        #expect(throws: IndexError.newerSchema(3)) { try test.open() }
        #expect(IndexError.newerSchema(3).description.contains("newer version"))
        try Self.setSchema(1, in: test.folder.path)
        #expect(throws: Never.self) { try test.open() }
    }

    @Test("an index of an earlier version is read, and raised by whoever may write it")
    func olderSchema() throws {
        let test = try TestIndex()
        try test.write { writer in
            try writer.home("88.1")
            try writer.store("88.1/a", [url("a")])
        }
        test.close()
        try Self.setSchema(1, in: test.folder.path)
        let prefixes = try test.open().snapshot().prefixes()
        #expect(prefixes.first?.row.handleCount == 1)
        #expect(try Verification.verify(test.open()).isSound)
        test.close()
        #expect(try Self.schema(in: test.folder.path) == 2)
    }

    @Test("a record comes back as it was put, the name where it differs from the key")
    func roundTrip() throws {
        let test = try TestIndex()
        let long = "88.1/" + String(repeating: "x", count: 1_000)
        try test.write { writer in
            try writer.store("88.1/A", [url("one")])
            try writer.store("88.1/b", [url("two"), url("three")])
            try writer.store(long, [url("four")])
        }
        let index = try test.open()
        let plain = try #require(try find("88.1/a", in: index))
        #expect(plain.values == encoded([url("one")]) && plain.valueCount == 1 && plain.name == nil)
        #expect(plain.sequence == 1 && plain.flags == .allValuesPublic)
        let named = try #require(try find("88.1/B", in: index))
        #expect(named.name == Array("88.1/b".utf8) && named.valueCount == 2 && named.sequence == 2)
        #expect(try find(long, in: index)?.name == Array(long.utf8))
        #expect(try find("88.1/C", in: index) == nil)
    }

    @Test("what is damaged in a record is found, and never answered from")
    func damage() throws {
        let test = try TestIndex()
        try test.write { try $0.store("88.1/A", [url("https://example.cn/damage")]) }
        let bytes = try #require(try find("88.1/A", in: test.open())).values
        test.close()
        let at = try #require(try test.folder.read("data.mdb").firstRange(of: bytes))
        let head = 16
        for offset in stride(from: at.lowerBound - head, to: at.upperBound, by: 1) {
            try test.damage { $0[offset] ^= 0x10 }
            #expect(throws: IndexError.damagedRecord) { try find("88.1/A", in: test.open()) }
            try test.damage { $0[offset] ^= 0x10 }
        }
        #expect(try find("88.1/A", in: test.open())?.values == bytes)
    }

    @Test("prefixes and site follow a snapshot's state: they change when it is renewed")
    func caches() throws {
        let test = try TestIndex()
        try test.write { try $0.home("88.1") }
        var snapshot = try test.open().snapshot()
        let site: [UInt8] =
            [0, 1, 2, 11, 0, 9, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 28)
        try test.write { writer in
            try writer.home("88.2")
            try writer.home("88.1", .suspended)
            _ = try writer.setSite(site.rawSpan, serverPosition: 0, by: Origin(principal: RawSpan(), source: RawSpan()))
        }
        let before = (state("88.1", snapshot), state("88.2", snapshot), snapshot.site.serial)
        #expect(before == (.active, nil, 0xFFFF))
        snapshot.reset()
        try snapshot.renew()
        let after = (state("88.1", snapshot), state("88.2", snapshot), snapshot.site.serial)
        #expect(after == (.suspended, .active, 9))
        let (isPrimary, option, record) = (snapshot.site.isPrimary, snapshot.site.hashOption, snapshot.siteRecord.array)
        #expect(isPrimary && option == .handle && record == site)
    }

    @Test("many prefixes are told apart")
    func manyPrefixes() throws {
        let test = try TestIndex()
        try test.write { writer in for number in 0..<3_000 { try writer.home("88.\(number)") } }
        let snapshot = try test.open().snapshot()
        let found = (0..<4_000).filter { state("88.\($0)", snapshot) != nil }
        #expect(found == Array(0..<3_000))
        let listed = try snapshot.prefixes().count
        #expect(listed == 3_000)
    }

    @Test("a walk visits a prefix's handles in key order, in pages that join without a gap")
    func walk() throws {
        let test = try TestIndex()
        let names = ["88.1/A", "88.1/B", "88.1/C", "88.1.1/A", "88.2/A", "0.NA/88.1.1", "0.NA/88.1", "0.NA/88.1.1.2"]
        try test.write { writer in
            for name in names { try writer.store(name, [url("x")]) }
            try writer.store("88.1/B", [])
        }
        let index = try test.open()
        #expect(try list(.handles(under: Array("88.1".utf8)), in: index) == ["88.1/A", "88.1/C"])
        #expect(
            try list(.handles(under: Array("88.1".utf8)).includingDeleted(), in: index) == [
                "88.1/A", "88.1/B", "88.1/C",
            ])
        #expect(try list(.prefixes(derivedFrom: Array("88.1".utf8)), in: index) == ["0.NA/88.1.1", "0.NA/88.1.1.2"])
        var paged: [String] = []
        while let next = try list(.all.continuing(after: Array((paged.last ?? "").utf8)), in: index, limit: 1).first {
            paged.append(next)
        }
        #expect(try paged == list(.all, in: index))
        #expect(paged.count == names.count - 1)
    }

    @Test("figures count what is there")
    func statistics() throws {
        let test = try TestIndex()
        try test.write { writer in
            try writer.home("88.1")
            for number in 0..<100 { try writer.store("88.1/\(number)", [url("x")]) }
        }
        let statistics = try test.open().statistics()
        #expect(statistics.recordCount == 100 && statistics.prefixCount == 1 && statistics.journalCount == 101)
        #expect(statistics.usedByteCount > 0 && statistics.mapByteCount > statistics.usedByteCount)
    }

    private func state(_ prefix: String, _ snapshot: borrowing IndexSnapshot) -> PrefixEntry.State? {
        snapshot.prefix(Array(prefix.utf8).rawSpan)?.state
    }

    private func list(_ range: RecordRange, in index: HandleIndex, limit: Int = .max) throws -> [String] {
        let snapshot = try index.snapshot()
        var names: [String] = []
        var walk = try snapshot.records(in: range)
        while names.count < limit, let entry = try walk.next() {
            names.append(String(decoding: entry.name.array, as: UTF8.self))
        }
        return names
    }

    private static func schema(in directory: String) throws -> UInt32 {
        let environment = try Environment(directory: directory, access: .readOnly)
        let meta = try environment.databases(["meta"])[0]
        let name = Array("schema".utf8)
        let transaction = try ReadTransaction(environment)
        guard let bytes = try transaction.value(for: name.rawSpan, in: meta) else { return 0 }
        return bytes.bigEndianUInt32(at: 12)
    }

    private static func setSchema(_ version: UInt32, in directory: String) throws {
        let environment = try Environment(directory: directory, access: .readWrite)
        let meta = try environment.databases(["meta"])[0]
        let name = Array("schema".utf8)
        var value = ByteWriter()
        value.write(0 as UInt32)
        value.write(0 as UInt64)
        value.write(version)
        value.overwrite(Array(value.bytes[4...]).rawSpan.crc32c(continuing: name.rawSpan.crc32c()), at: 0)
        var transaction = WriteTransaction(environment)
        try transaction.begin()
        try transaction.put(value.bytes.rawSpan, for: name.rawSpan, in: meta)
        try transaction.commit()
    }
}
