import BanyanIndex
import HandleProtocol
import Testing

@Suite("Index keys (RFC 3651 §2)")
struct IndexKeyTests {
    @Test("letters are folded by the prefix's rule; reserved prefixes always whole")
    func folding() {
        #expect(key("88.100.1/aB-ä") == Array("88.100.1/AB-ä".utf8))
        #expect(key("ab.1/aB", .sensitiveLocalName) == Array("AB.1/aB".utf8))
        #expect(key("0.na/aB", .sensitiveLocalName) == Array("0.NA/AB".utf8))
        #expect(key("88.100.1a") == Array("0.NA/88.100.1A".utf8))
        #expect(key("88.100.1a", .sensitiveLocalName) == Array("0.NA/88.100.1A".utf8))
    }

    @Test("prefix and local name part at the first slash")
    func parts() {
        var key = IndexKey()
        let isSet = key.set(Array("88.1/a/b".utf8).rawSpan, caseRule: .insensitive)
        let (prefix, localName) = (key.prefix.array, key.localName.array)
        #expect(isSet && prefix == Array("88.1".utf8) && localName == Array("A/B".utf8))
    }

    @Test(
        "names of up to 510 bytes are their own key; longer ones have 511 bytes of key",
        arguments: [509, 510, 511, 512, 2_048])
    func lengths(count: Int) throws {
        let name = long(count)
        let bytes = try #require(key(name))
        if count <= 510 {
            #expect(bytes == Array(name.utf8))
        } else {
            #expect(bytes.count == 511)
            #expect(bytes.prefix(479) == Array(name.utf8).prefix(479))
        }
    }

    @Test("an empty name and one of 2,049 bytes have no key")
    func outOfBounds() {
        #expect(key("") == nil)
        #expect(key(long(2_049)) == nil)
    }

    @Test("long names that differ only at their end have different keys")
    func collisions() {
        let names = (0..<1_000).map { long(600 + $0 % 3) + String($0) }
        #expect(Set(names.compactMap { key($0) }).count == names.count)
    }

    @Test("a key set again says nothing of the name before")
    func reuse() {
        var key = IndexKey()
        _ = key.set(Array(long(2_000).utf8).rawSpan, caseRule: .insensitive)
        let isSet = key.set(Array("88.1/a".utf8).rawSpan, caseRule: .insensitive)
        let (bytes, isCut) = (key.bytes.array, key.isCut)
        #expect(isSet && bytes == Array("88.1/A".utf8) && !isCut)
    }

    private func long(_ count: Int) -> String { "88.1/" + String(repeating: "X", count: count - 5) }

    private func key(_ handle: String, _ rule: CaseRule = .insensitive) -> [UInt8]? {
        var key = IndexKey()
        return key.set(Array(handle.utf8).rawSpan, caseRule: rule) ? key.bytes.array : nil
    }
}
