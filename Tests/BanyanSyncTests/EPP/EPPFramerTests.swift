import BanyanSync
import Testing

@Suite("EPP's data units (RFC 5734 §4)")
struct EPPFramerTests {
    private let documents: [[UInt8]] = [Array("<a/>".utf8), [1], Array(repeating: 7, count: 300)]

    @Test("any split of the stream gives the same documents", arguments: [1, 2, 3, 5, 64, 1_000])
    func splits(size: Int) throws {
        let stream = documents.flatMap { EPPFramer.unit(of: $0) }
        var framer = EPPFramer()
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            framer.append(stream[start..<min(start + size, stream.count)])
            while let document = try framer.next() { found.append(document) }
        }
        #expect(found == documents)
        #expect(!framer.isInsideUnit)
    }

    @Test("the length counts its own four bytes")
    func length() {
        #expect(EPPFramer.unit(of: [9]) == [0, 0, 0, 5, 9])
    }

    @Test("no document, or one longer than is taken, ends the stream", arguments: [0, 3, 4, 15, 0x7FFF_FFFF])
    func refused(length: UInt32) {
        var framer = EPPFramer(documentByteCountMax: 10)
        framer.append([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) })
        #expect(throws: EPPFramer.Failure.length) { try framer.next() }
    }
}
