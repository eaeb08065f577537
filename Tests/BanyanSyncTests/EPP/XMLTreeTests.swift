import BanyanSync
import Testing

@Suite("XML as EPP needs it, and what of XML is refused (RFC 5730 §5, RFC 5734 §9)")
struct XMLTreeTests {
    @Test("what is written is read the same, whatever characters it holds")
    func roundTrip() throws {
        let tree = XMLTree(
            "epp", in: EPPNamespace.epp, ["a": "\"<&>'\n"],
            [
                XMLTree("name", in: EPPNamespace.enterprise, text: "荣成 <轴承> & \"co\" ]]> 𠮷"),
                XMLTree("empty", in: EPPNamespace.enterprise),
            ])
        #expect(try XMLTree(parsing: tree.document) == tree)
    }

    @Test("characters that XML has no form for do not break the document")
    func controlCharacters() throws {
        let tree = XMLTree("a", in: "", text: "x\u{1}y\u{FFFF}z")
        #expect(try XMLTree(parsing: tree.document).text == "x\u{FFFD}y\u{FFFD}z")
    }

    @Test("comments, sections and prefixes of any name are read")
    func forms() throws {
        let text = """
            <?xml version='1.0' encoding='utf-8'?><!-- c --><e:epp xmlns:e="urn:x"><e:a><![CDATA[<&]]></e:a>
            <b>&lt;&#x4e2d;</b></e:epp>
            """
        let tree = try XMLTree(parsing: Array(text.utf8))
        #expect(tree.namespace == "urn:x" && tree.text("a") == "<&" && tree.text("b") == "<中")
    }

    @Test(
        "document types, entities, other encodings, and what is no XML are refused",
        arguments: [
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", XMLError.documentType),
            ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", .documentType),
            ("<a><!ENTITY x SYSTEM 'http://127.0.0.1/'></a>", .documentType),
            ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", .documentType),
            ("<a>&x;</a>", .malformed), ("<a><b></a>", .malformed), ("", .malformed), ("<a/><b/>", .malformed),
            ("a\u{0}b", .encoding), (String(repeating: "<a>", count: 25), .tooDeep),
            ("<a>" + String(repeating: "<b/>", count: 10_000) + "</a>", .tooLarge),
        ])
    func refused(text: String, error: XMLError) {
        #expect(throws: error) { try XMLTree(parsing: Array(text.utf8)) }
    }

    @Test("bytes that are no UTF-8, and UTF-16, are refused before they are parsed")
    func encodings() {
        #expect(throws: XMLError.encoding) { try XMLTree(parsing: [0x3C, 0x61, 0xFF, 0x3E]) }
        #expect(throws: XMLError.encoding) { try XMLTree(parsing: [0xFF, 0xFE, 0x3C, 0x00, 0x61, 0x00]) }
        #expect(throws: XMLError.tooLarge) {
            try XMLTree(parsing: [UInt8](repeating: 0x20, count: XMLTree.byteCountMax + 1))
        }
    }
}
