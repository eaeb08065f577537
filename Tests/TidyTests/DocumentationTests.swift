import Testing

@Suite("The README tells the truth")
struct DocumentationTests {
    @Test("every make target that it names exists", arguments: ["README.md", "README.zh-CN.md", "Fuzz/README.md"])
    func targets(document: String) throws {
        let makefile = try SourceTree.text("Makefile")
        let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.1) })
        let named = Set(try SourceTree.text(document).matches(of: /`make ([a-z-]+)`/).map { String($0.1) })
        #expect(named.subtracting(targets) == [])
    }

    @Test("every file that it links to exists", arguments: ["README.md", "README.zh-CN.md", "RFC-notes.md"])
    func links(document: String) throws {
        let links = try SourceTree.text(document).matches(of: /\]\(([^)#:]+)\)/).map { String($0.1) }
        #expect(links.filter { !SourceTree.contains($0) } == [])
    }

    @Test("every verb that it shows exists", arguments: ["README.md", "README.zh-CN.md"])
    func verbs(document: String) throws {
        let lines = SourceTree.sources.filter { $0.module == "banyan" }.flatMap(\.lines)
        let declared = lines.flatMap { line in
            line.matches(of: /commandName: "([a-z-]+)"/).map { String($0.1) }
                + line.matches(of: /struct (\w+): (?:Async)?ParsableCommand/).map { $0.1.lowercased() }
        }
        let shown = try SourceTree.text(document).matches(of: /banyan ([a-z]+) --?[a-z]/).map { String($0.1) }
        #expect(Set(shown).subtracting(declared) == [])
    }

    @Test("every test that SECURITY.md names exists")
    func shown() throws {
        let named = try SourceTree.text("SECURITY.md").matches(of: /`((?:Tests|Fuzz|deploy)\/[^`]+)`/)
            .map { String($0.1) }
        #expect(named.count > 20)
        #expect(named.filter { !SourceTree.contains($0) } == [])
    }

    @Test("every source file that RFC-notes.md names exists")
    func sources() throws {
        let named = try SourceTree.text("RFC-notes.md").matches(of: /`(\w+\/[\w\/+]*\.swift)`/)
            .map { "Sources/" + $0.1 }
        #expect(named.filter { !SourceTree.contains($0) } == [])
    }
}
