import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Names (RFC 3651 §2)")
struct HandleTests {
    @Test("folding, prefix handles and parents are the reference's")
    func recorded() throws {
        for vector in try Vectors.load("encodings") {
            let handle = Handle(vector.fields["handle"].string ?? "")
            switch vector.name {
            case "case-fold":
                // The recorded function folds a whole name; a stored one without slash would get `0.NA/`.
                #expect(handle.folded().description == vector.fields["upperCase"].string)
                #expect(handle.folded(.sensitiveLocalName).description == vector.fields["upperCasePrefix"].string)
            case "prefix-handle":
                #expect(handle.prefixHandle.description == vector.fields["zeroNA"].string, "\(handle)")
                #expect(handle.isDerivedPrefix == vector.fields["isDerivedPrefix"].boolean, "\(handle)")
                #expect(handle.parent?.description ?? "" == vector.fields["parent"].string, "\(handle)")
                #expect(String(decoding: handle.localName, as: UTF8.self) == vector.fields["suffix"].string)
            case "valid-utf8":
                #expect(UTF8Text.isValid(handle.bytes.rawSpan) == vector.fields["valid"].boolean)
            default: continue
            }
        }
    }

    @Test("references stand for identities as the reference compares them")
    func references() throws {
        for vector in try Vectors.load("encodings") where vector.name == "reference-match" {
            let record = try #require(ValueReference(vector.fields["record"].string ?? ""))
            let identity = try #require(ValueReference(vector.fields["identity"].string ?? ""))
            #expect(record.stands(for: identity) == vector.fields["matches"].boolean, "\(record), \(identity)")
        }
    }

    @Test("a prefix is read with and without 0.NA/, and knows what stands above it")
    func prefixes() throws {
        let prefix = try #require(Prefix("88.118.8"))
        #expect(prefix == Prefix("0.na/88.118.8"))
        #expect(prefix.handle == Handle("0.NA/88.118.8"))
        #expect(prefix.ancestors.map(\.description) == ["88.118", "88"])
        #expect(prefix.isDerived(from: try #require(Prefix("88.118"))))
        #expect(!prefix.isDerived(from: prefix))
        #expect(!(try #require(Prefix("88.1188"))).isDerived(from: try #require(Prefix("88.118"))))
        #expect(Prefix("a.b") == Prefix("A.B"))
    }

    @Test(
        "what is no prefix is refused",
        arguments: ["", "88/1", "0.NA/", "0.NA/88/1", String(repeating: "8", count: 256), "8\u{0}8"])
    func refusedPrefixes(text: String) { #expect(Prefix(text) == nil) }

    @Test("names outside the limits are not stored")
    func storable() {
        #expect(Handle("88.118.8/SN-1").isStorable)
        #expect(Handle("88/" + String(repeating: "x", count: 2_045)).isStorable)
        #expect(!Handle("88/" + String(repeating: "x", count: 2_046)).isStorable)
        #expect(Handle(String(repeating: "8", count: 255) + "/1").isStorable)
        #expect(!Handle(String(repeating: "8", count: 256) + "/1").isStorable)
        #expect(!Handle("").isStorable)
        #expect(!Handle("88/a\u{0}").isStorable)
        #expect(!Handle([0x38, 0x2F, 0xFF]).isStorable)
    }

    @Test("administrators are named INDEX:HANDLE")
    func referenceText() {
        #expect(ValueReference("300:0.NA/88") == ValueReference(handle: Array("0.NA/88".utf8), index: 300))
        #expect(ValueReference("300:a:b")?.description == "300:a:b")
        for text in ["", "300", "300:", ":a", "-1:a", "x:a", "2147483648:a"] { #expect(ValueReference(text) == nil) }
    }
}
