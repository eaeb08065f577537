import BanyanIndex
import HandleProtocol
import Testing

@Suite("What a journal entry left")
struct RestorationTests {
    @Test("is found behind any number of other changes, and makes the same index again")
    func states() throws {
        let test = try TestIndex()
        try test.write(at: 100) { writer in
            try writer.home("88.1")
            try writer.store("88.1/A", [url("one")])
        }
        for round in 0..<3 {
            try test.write(at: 200 + UInt64(round)) { writer in
                for number in 0..<1_500 { try writer.store("88.1/B\(number)", [url("\(round)")]) }
                try writer.store("88.1/A", round == 1 ? [] : [url("round \(round)")])
            }
        }
        let index = try test.open()
        let copy = try TestIndex()
        try copy.write { try Self.copyJournal(of: try index.snapshot(), to: &$0) }
        let copied = try copy.open()
        #expect(try copied.snapshot().journalHead() == index.snapshot().journalHead())
        for handle in ["88.1/A", "88.1/B0", "88.1/B1499"] {
            let expected = try find(handle, in: index)
            #expect(expected != nil)
            #expect(try find(handle, in: copied) == expected)
            for time in [100, 200, 201, 202] as [UInt64] {
                #expect(try find(handle, in: copied, at: time) == find(handle, in: index, at: time))
            }
        }
    }

    private static func copyJournal(of snapshot: borrowing IndexSnapshot, to writer: inout IndexWriter) throws {
        var walk = try snapshot.journal(from: 1)
        while let entry = try walk.next() {
            let after = try snapshot.stateAfter(entry)
            try writer.restore(entry.bytes, after: after.rawSpan)
        }
    }
}
