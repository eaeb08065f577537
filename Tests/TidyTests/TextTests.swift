import Testing

@Suite("Text: what a reader finds")
struct TextTests {
    @Test("no note to oneself was left behind")
    func notes() {
        // Written in halves, or this file would name itself.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        #expect(
            places { line in
                words.contains { word in line.contains(word) && line.split { !$0.isLetter }.contains(Substring(word)) }
            } == [])
    }

    @Test("no path of somebody's machine is written down")
    func machinePaths() {
        let roots = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/"]
        #expect(places { line in roots.contains { line.contains($0) } } == [])
    }

    @Test("no tab in Swift, no blank at a line's end")
    func blanks() {
        let places = SourceTree.swift.flatMap { file in
            file.lines.enumerated().filter { $0.element.contains("\t") || $0.element.hasSuffix(" ") }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(places == [])
    }

    private func places(where isWrong: (String) -> Bool) -> [String] {
        SourceTree.files.flatMap { file in
            file.lines.enumerated().filter { isWrong($0.element) }.map { "\(file.path):\($0.offset + 1)" }
        }
    }
}
