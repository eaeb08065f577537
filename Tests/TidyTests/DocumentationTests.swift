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

    static let handbooks = ["deploy/HANDBOOK.md", "deploy/HANDBOOK.zh-CN.md"]

    @Test(
        "every file that it links to exists",
        arguments: ["README.md", "README.zh-CN.md", "RFC-notes.md"] + handbooks)
    func links(document: String) throws {
        let folder = document.hasPrefix("deploy/") ? "deploy/" : ""
        let links = try SourceTree.text(document).matches(of: /\]\(([^)#:]+)\)/).map { folder + $0.1 }
        #expect(links.filter { !SourceTree.contains($0) } == [])
    }

    @Test("every setting that a handbook names exists", arguments: handbooks)
    func settings(document: String) throws {
        var section = ""
        var names: Set<String> = []
        for line in try SourceTree.text("deploy/banyan.toml").split(separator: "\n") {
            if let match = line.wholeMatch(of: /\[([a-z]+)\]/) { section = match.1 + "." }
            if let match = line.firstMatch(of: /^#[ ]([a-z-]+)[ ]=/) { names.insert(section + match.1) }
        }
        let text = try SourceTree.text(document)
        let named = Set(text.matches(of: /`([a-z]+\.[a-z-]+)(?: = [^`]*)?`/).map { String($0.1) })
        #expect(named.count > 5)
        #expect(named.subtracting(names).filter { !$0.hasSuffix(".key") && !$0.hasSuffix(".toml") } == [])
    }

    @Test("every verb that it shows exists", arguments: ["README.md", "README.zh-CN.md"] + handbooks)
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
