import Testing

@Suite("Sizes: what one reads in one sitting")
struct SizeTests {
    @Test("a source file has at most 400 lines")
    func files() {
        let long = SourceTree.swift.filter { $0.lines.count > 401 }.map(\.path)
        #expect(Set(long) == Set(Exceptions.longFiles.keys))
    }

    @Test("a function has at most 70 lines")
    func functions() {
        let long = SourceTree.swift.flatMap { file in
            functionLengths(in: file.codeLines).filter { $0.lineCount > 70 }.map { "\(file.path) \($0.name)" }
        }
        #expect(Set(long) == Set(Exceptions.longFunctions.keys))
    }

    @Test("a line has at most 120 columns")
    func lines() {
        let long = SourceTree.files.filter { Exceptions.longLines[$0.path] == nil }.flatMap { file in
            file.lines.enumerated().filter { $0.element.count > 120 }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(long == [])
    }

    /// From the line of `func`, `init` or `deinit` to that of its closing brace. A requirement of a protocol has no
    /// body and ends where the next declaration begins.
    private func functionLengths(in lines: [String]) -> [(name: String, lineCount: Int)] {
        lines.indices.compactMap { first in
            guard lines[first].contains("func ") || lines[first].contains("init") else { return nil }
            let declaration =
                /^\s*(?:(?:@\w+(?:\([^)]*\))?|[a-z]+(?:\([a-z]+\))?)\s+)*?(func\s+[^\s(<]+|init[?(<]|deinit\b)/
            guard let match = lines[first].firstMatch(of: declaration) else { return nil }
            guard let last = lastLine(of: lines, from: first) else { return nil }
            return (String(match.1).filter { $0.isLetter || $0.isNumber || $0 == " " }, last - first + 1)
        }
    }

    private func lastLine(of lines: [String], from first: Int) -> Int? {
        var braces = 0
        var parentheses = 0
        var hasBody = false
        for index in lines[first...].indices {
            for character in lines[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0 || hasBody:
                    hasBody = true
                    braces += 1
                case "}" where parentheses == 0 || hasBody: braces -= 1
                default: break
                }
                if hasBody, braces == 0 { return index }
                if braces < 0 { return nil }
            }
        }
        return nil
    }
}
