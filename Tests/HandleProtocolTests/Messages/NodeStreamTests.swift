import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Streams between nodes of Banyan's kind")
struct NodeStreamTests {
    @Test("a record that we make is read as it was made, and written as it was read")
    func records() throws {
        var generator = MessageGenerator(random: SeededGenerator(seed: 11))
        for _ in 0..<500 {
            let record = generator.nodeRecord()
            let bytes = Self.bytes(record)
            var reader = ByteReader(bytes.rawSpan)
            let read = try NodeRecord(parsing: &reader)
            #expect(read == record)
            let isWhole = reader.isAtEnd
            #expect(isWhole)
            #expect(Self.bytes(read) == bytes)
        }
    }

    @Test("flags of a place in a journal that nobody knows are kept")
    func unknownFlags() throws {
        let known = JournalPosition(sequence: 9, chain: [UInt8](repeating: 7, count: 32), term: 2, follows: true)
        var writer = ByteWriter()
        known.write(to: &writer)
        var bytes = writer.bytes
        bytes[bytes.count - 1] |= 0x84
        var reader = ByteReader(bytes.rawSpan)
        let read = try JournalPosition(parsing: &reader)
        #expect(read.follows)
        var again = ByteWriter()
        read.write(to: &again)
        #expect(again.bytes == bytes)
    }

    @Test("an entry of a form that nobody knows is malformed")
    func unknownForm() {
        var bytes = Self.bytes(.entry(sequence: 1, bytes: [5], after: nil))
        bytes[bytes.count - 1] = 2
        #expect(throws: WireError(.malformed, field: "entry form", offset: bytes.count - 1)) {
            var reader = ByteReader(bytes.rawSpan)
            _ = try NodeRecord(parsing: &reader)
        }
    }

    private static func bytes(_ record: NodeRecord) -> [UInt8] {
        var writer = ByteWriter()
        record.write(to: &writer)
        return writer.bytes
    }
}
