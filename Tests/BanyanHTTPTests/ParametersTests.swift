import BanyanHTTP
import Testing

@Suite("Queries, forms and percent-encoding (RFC 3986 §2.1)")
struct ParametersTests {
    @Test("in a path a plus sign stays, in a query it is a space")
    func plus() throws {
        #expect(PercentEncoding.decode("a+b%2Bc") == Array("a+b+c".utf8))
        #expect(try HTTPParameters(form: "q=a+b%2Bc").text("q") == "a b+c")
    }

    @Test("what encodes nothing is refused", arguments: ["%", "%4", "%zz", "a%2"])
    func malformed(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
        #expect(throws: ProblemResponse.self) { try HTTPParameters(form: "x=\(text)") }
    }

    @Test("names repeat, values may be absent, empty parts are passed over")
    func lists() throws {
        let parameters = try HTTPParameters(form: "index=1&&index=2&pretty&type=")
        #expect(parameters.all("index") == [Array("1".utf8), Array("2".utf8)])
        #expect(parameters.text("type") == "")
        #expect(parameters.text("pretty") == "")
        #expect(parameters.first("none") == nil)
    }

    @Test(
        "present and empty, yes and true ask for something, anything else does not",
        arguments: [("p", true), ("p=", true), ("p=Yes", true), ("p=TRUE", true), ("p=1", false), ("p=no", false)])
    func flags(form: String, expected: Bool) throws {
        #expect(try HTTPParameters(form: form).flag("p") == expected)
        #expect(try HTTPParameters(form: form).flag("q") == nil)
    }

    @Test("what is encoded decodes to the same bytes")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(PercentEncoding.decode(PercentEncoding.encode(bytes)) == bytes)
        #expect(PercentEncoding.encode(Array("a/b c".utf8), keeping: "/") == "a/b%20c")
    }
}
