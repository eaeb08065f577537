import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Types of values, and permissions as text (RFC 3651 §3.1)")
struct ValueTypeTests {
    @Test("a request's type matches as it does on the reference")
    func recorded() throws {
        let vectors = try Vectors.load("encodings").filter { $0.name == "type-match" }
        #expect(vectors.count == 9)
        for vector in vectors {
            let requested = Array((vector.fields["requested"].string ?? "").utf8)
            let type = Array((vector.fields["valueType"].string ?? "").utf8)
            let isMatch = ValueType.matches(requested: requested.rawSpan, type: type.rawSpan)
            #expect(isMatch == vector.fields["matches"].boolean, "\(vector.fields)")
        }
    }

    @Test(
        "the nearest names on the other side of the line do not match",
        arguments: [("URL.", "UR"), ("URL.", "URL-1"), ("URL.", "XRL.1"), ("URL", ""), ("", "URL"), ("..", "A")])
    func others(requested: String, type: String) {
        let one = Array(requested.utf8)
        let other = Array(type.utf8)
        let isMatch = ValueType.matches(requested: one.rawSpan, type: other.rawSpan)
        #expect(!isMatch)
    }

    @Test("four digits are four permissions", arguments: UInt8(0)..<16)
    func permissions(bits: UInt8) {
        let text = Permission(rawValue: bits).text
        #expect(text.count == 4)
        #expect(Permission(text: text.rawSpan) == Permission(rawValue: bits))
    }

    @Test("anything but four digits is refused", arguments: ["", "111", "11100", "1112", "*", "rwr-"])
    func refused(text: String) {
        let bytes = Array(text.utf8)
        #expect(Permission(text: bytes.rawSpan) == nil)
    }
}
