import BanyanTestSupport
import Testing

@Suite("Vector files")
struct VectorFileTests {
    @Test(
        "every file of exchanges is read, and every line has a name",
        arguments: Vectors.exchangeFiles + Vectors.clientFiles)
    func load(file: String) throws {
        let vectors = try Vectors.load(file)
        #expect(!vectors.isEmpty)
        #expect(vectors.allSatisfy { !$0.name.isEmpty && !$0.what.isEmpty })
    }

    @Test("numbers, escapes and nesting are kept")
    func tree() {
        let text = #"{"a":[1,-9223372036854775808,true,null,1.5],"b":{"c":"é\"\\\n\ud83d\ude00"}} "#
        let tree = JSONTree(parsing: Array(text.utf8)[...])
        #expect(tree?["a"] == .array([.integer(1), .integer(.min), .boolean(true), .null, .number(1.5)]))
        #expect(tree?["b"]["c"].string == "é\"\\\n😀")
        #expect(JSONTree(parsing: Array("{\"a\":1".utf8)[...]) == nil)
        #expect(JSONTree(parsing: Array("[1] 2".utf8)[...]) == nil)
    }
}
