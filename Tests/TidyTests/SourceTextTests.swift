import Testing

@Suite("The reader of Swift source on which the tidy rules stand")
struct SourceTextTests {
    @Test(
        "comments and strings are blanked, code stays where it was",
        arguments: [
            ("a // b", "a     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("x = \"y! // z\"", "x =          "),
            ("\"\\(f(a)!) b\"", "   f(a)!    "),
            ("#\"\\(a)\"# b", "         b"),
            ("\"\"\"\n! \"quoted\"\n\"\"\" c", "   \n          \n    c"),
            ("\"\\\"\" d", "     d"),
        ])
    func blanking(source: String, expected: String) {
        #expect(SourceText(stripping: Array(source.utf8)).text == expected)
    }
}
