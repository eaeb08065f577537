import HandleProtocol
import Testing

@Suite("Forms in which handles are pasted")
struct HandleURITests {
    @Test(
        "the name is found in every form",
        arguments: [
            "88.118.8/SN 1?", "hdl:88.118.8/SN%201%3F", "HDL:88.118.8/SN%201%3f", "hdl://88.118.8/SN%201%3F",
            "info:hdl/88.118.8/SN%201%3F", "https://hdl.handle.net/88.118.8/SN%201%3F",
            "http://hdl.handle.net/88.118.8/SN%201%3F?noredirect", " https://node.example.cn/88.118.8/SN%201%3F#x\n",
            "https://hdl.handle.net/api/handles/88.118.8/SN%201%3F?type=URL", "urn:hdl:88.118.8/SN 1?",
            "https://hdl.handle.net/hdl:88.118.8/SN%201%3F",
        ])
    func forms(text: String) { #expect(HandleURI.handle(in: text) == Handle("88.118.8/SN 1?")) }

    @Test("a plus sign stays, and a plain name is not decoded")
    func plain() {
        #expect(HandleURI.handle(in: "88/a+b%20") == Handle("88/a+b%20"))
        #expect(HandleURI.handle(in: "hdl:88/a+b") == Handle("88/a+b"))
    }

    @Test("broken escapes and empty names are refused", arguments: ["", " ", "hdl:", "hdl:%4", "hdl:%G0", "https://x"])
    func refused(text: String) { #expect(HandleURI.handle(in: text) == nil) }

    @Test("what is written is read again", arguments: ["88/a b", "88.1/中文?#%", "0.NA/88.118.8", "88/a\"<>\\^`{|}"])
    func roundTrip(name: String) {
        let text = HandleURI.text(of: Handle(name))
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(HandleURI.handle(in: text) == Handle(name))
        #expect(HandleURI.handle(in: "https://hdl.handle.net/" + HandleURI.encoded(Handle(name))) == Handle(name))
    }
}
