import Testing

@Suite("Safety: words that may not stand in Sources")
struct SafetyTests {
    @Test("unchecked memory is touched on the islands only")
    func islands() {
        let places = SourceTree.sources.filter { file in !Exceptions.islands.contains { file.path.hasPrefix($0) } }
            .flatMap { $0.places(of: /unsafe|Unsafe/) }
        #expect(places == [])
    }

    @Test("nothing traps on what others sent: no try!, as!, forced unwrapping, fatalError")
    func traps() {
        let places = SourceTree.sources.flatMap { file in
            file.places(of: /\b(?:try|as)!/) + file.places(of: /\bfatalError\(/)
                + file.places(of: /[\w\)\]?]!(?!=)/) { !$0.contains(/\b(?:try|as)!/) }
        }
        #expect(places == [])
    }

    @Test("libraries do not print")
    func printing() {
        let places = SourceTree.sources.filter { $0.module != "banyan" }
            .flatMap { $0.places(of: /(?:^|[^.\w])(?:print|debugPrint)\(/) }
        #expect(places == [])
    }

    @Test("@unchecked Sendable has the sentence that proves it on the line above")
    func uncheckedSendable() {
        let places = SourceTree.sources.flatMap { file in
            file.codeLines.indices.filter { index in
                guard file.codeLines[index].contains("@unchecked Sendable") else { return false }
                return index == 0 || !file.lines[index - 1].contains(/^\s*\/\//)
            }.map { "\(file.path):\($0 + 1)" }
        }
        #expect(places == [])
    }

    @Test("tests never sleep")
    func sleeping() {
        let places = SourceTree.swift.filter { $0.path.hasPrefix("Tests/") && $0.module != "TidyTests" }
            .flatMap { $0.places(of: /\b(?:Task\.sleep|usleep|nanosleep|Thread\.sleep|sleep\()/) }
        #expect(places == [])
    }
}
