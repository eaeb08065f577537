import BanyanIndex
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("The journal")
struct JournalTests {
    @Test("a handle's history is walked back from its record, and a record is what it was at a time")
    func history() throws {
        let test = try TestIndex()
        try test.write(at: 100) { try $0.store("88.1/A", [url("one")]) }
        try test.write(at: 150) { try $0.store("88.1/B", [url("other")]) }
        try test.write(at: 200) { try $0.store("88.1/A", [url("two")]) }
        try test.write(at: 300) { try $0.store("88.1/A", []) }
        try test.write(at: 400) { try $0.store("88.1/A", [url("four")]) }
        let index = try test.open()
        let expected: [(UInt64, String?)] = [
            (99, nil), (100, "one"), (199, "one"), (200, "two"), (299, "two"), (300, nil), (399, nil), (400, "four"),
            (.max, "four"),
        ]
        for (time, text) in expected {
            #expect(try find("88.1/A", in: index, at: time)?.values == text.map { encoded([url($0)]) })
        }
        let snapshot = try index.snapshot()
        var sequences: [UInt64] = []
        var sequence = try #require(try find("88.1/A", in: index)).sequence
        while let entry = try snapshot.journalEntry(sequence) {
            sequences.append(entry.sequence)
            sequence = entry.previousSequence
        }
        #expect(sequences == [5, 4, 3, 1])
    }

    @Test("an entry says who did what, when, and what was there before")
    func entry() throws {
        let test = try TestIndex()
        try test.write(at: 100) { try $0.store("88.1/a", [url("one")]) }
        try test.write(at: 90) { try $0.store("88.1/a", [url("two")]) }
        let snapshot = try test.open().snapshot()
        var walk = try snapshot.journal(from: 2)
        guard let entry = try walk.next() else {
            Issue.record("the entry is missing")
            return
        }
        #expect(entry.sequence == 2 && entry.previousSequence == 1 && entry.operation == .create)
        // The clock went back; the journal does not.
        #expect(entry.time == 100)
        #expect(entry.principal.array == Array("local".utf8) && entry.handle.array == Array("88.1/A".utf8))
        #expect(entry.recordBefore.array.suffix(encoded([url("one")]).count) == encoded([url("one")])[...])
        let isLast = try walk.next() == nil
        #expect(isLast)
        let head = try snapshot.journalHead()
        #expect(head.sequence == 2 && head.time == 100 && head.chain == entry.chain)
    }

    @Test("the chain proves every byte of every entry", arguments: ChainAlgorithm.allCases)
    func chain(algorithm: ChainAlgorithm) throws {
        let test = try TestIndex(chainAlgorithm: algorithm)
        try test.write { writer in
            try writer.home("88.1")
            for text in ["one", "two", "three"] { try writer.store("88.1/A", [url(text)]) }
        }
        let bytes: [UInt8]
        do {
            let snapshot = try test.open().snapshot()
            bytes = try #require(try snapshot.journalEntry(3)?.bytes.array)
        }
        #expect(try Verification.verifyJournal(of: test.open()).isSound)
        test.close()
        let at = try #require(try test.folder.read("data.mdb").firstRange(of: bytes))
        for offset in at {
            try test.damage { $0[offset] ^= 1 }
            #expect(try !Verification.verifyJournal(of: test.open()).isSound, "byte \(offset - at.lowerBound)")
            try test.damage { $0[offset] ^= 1 }
        }
        #expect(try Verification.verify(test.open()).isSound)
    }

    @Test("a damaged record, a prefix's wrong digest and a foreign record are found")
    func verification() throws {
        let test = try TestIndex()
        try test.write { writer in
            try writer.home("88.1")
            try writer.store("88.1/A", [url("https://example.cn/verified")])
        }
        let report = try Verification.verify(test.open())
        #expect(report.isSound && report.recordCount == 1 && report.prefixCount == 1 && report.journalCount == 2)
        let values = encoded([url("https://example.cn/verified")])
        test.close()
        let at = try #require(try test.folder.read("data.mdb").firstRange(of: values))
        try test.damage { $0[at.upperBound - 5] ^= 1 }
        let found = try Verification.verify(test.open())
        #expect(found.problems == [.damagedRecord(key: Array("88.1/A".utf8)), .wrongPrefixDigest(Array("88.1".utf8))])
    }
}
