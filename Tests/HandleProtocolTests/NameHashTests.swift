import HandleProtocol
import Testing

@Suite("Hash of names")
struct NameHashTests {
    @Test("a name as it came has the hash of its folded form, whatever its length", arguments: 0..<40)
    func folding(byteCount: Int) {
        let hash = NameHash(seed: 7)
        let name = (0..<byteCount).map { UInt8(truncatingIfNeeded: 0x2F &+ $0 &* 41) }
        let folded = name.map(HandleCase.fold)
        #expect(hash.hash(folding: name.span.bytes) == hash.hash(folded: folded.span.bytes))
    }

    @Test("eight bytes fold as one does", arguments: UInt8.min...UInt8.max)
    func eight(byte: UInt8) {
        let all = UInt64(byte) &* 0x0101_0101_0101_0101
        #expect(HandleCase.fold(eight: all) == UInt64(HandleCase.fold(byte)) &* 0x0101_0101_0101_0101)
    }

    @Test("names that differ in one byte, or in length alone, have different hashes")
    func differs() {
        let hash = NameHash(seed: 1)
        var seen: Set<UInt64> = []
        for byteCount in 0..<64 { seen.insert(hash.hash(folded: [UInt8](repeating: 0, count: byteCount).span.bytes)) }
        for position in 0..<64 {
            var name = [UInt8](repeating: 0, count: 64)
            name[position] = 1
            seen.insert(hash.hash(folded: name.span.bytes))
        }
        #expect(seen.count == 128)
    }
}
