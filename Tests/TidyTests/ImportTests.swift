import Testing

@Suite("Imports point down, as Package.swift lists the targets")
struct ImportTests {
    /// A target of the manifest: what it says it depends on.
    struct Target {
        var name: String
        var dependencies: Set<String>
    }

    /// The names that the manifest gives to external products.
    static let products = [
        "nioCore": "NIOCore", "nioPosix": "NIOPosix", "logging": "Logging", "metrics": "Metrics",
        "lifecycle": "ServiceLifecycle", "signals": "UnixSignals", "arguments": "ArgumentParser",
        "hummingbird": "Hummingbird", "hummingbirdCore": "HummingbirdCore", "httpTypes": "HTTPTypes",
        "nioHTTPTypes": "NIOHTTPTypes",
    ]

    /// The targets under Sources in the manifest's order.
    static func targets() throws -> [Target] {
        let manifest = try SourceTree.text("Package.swift")
        guard
            let list = manifest.firstMatch(
                of: /\n    targets: \[\n(.*)\/\/ Tests mirror Sources\./.dotMatchesNewlines())
        else {
            return []
        }
        let declarations = list.1.split(separator: /\n        (?=[.m])/)
        return declarations.compactMap { declaration in
            let declaration = declaration.replacing(/exclude: \[[^\]]*\]/, with: "")
            let quoted = declaration.matches(of: /"([^"]+)"/).map { String($0.1) }
            guard let name = quoted.first else { return nil }
            let isOurs = !declaration.contains("systemLibrary")
            let words = Set(declaration.split { !$0.isLetter }.map(String.init))
            let external = products.filter { words.contains($0.key) }.map(\.value)
            return Target(name: name, dependencies: Set((isOurs ? Array(quoted.dropFirst()) : []) + external))
        }
    }

    /// Each import of a module's files: "path: import Name", with the name.
    static func imports(of module: String) -> [(place: String, name: String)] {
        SourceTree.sources.filter { $0.module == module }.flatMap { file in
            file.codeLines.compactMap { line in
                guard line.contains("import "),
                    let match = line.firstMatch(
                        of: /^(?:@\w+ )*(?:(?:public|internal|package|private) )?import (?:\w+ )?(\w+)/)
                else { return nil }
                return ("\(file.path): \(line)", String(match.1))
            }
        }
    }

    @Test("the manifest lists every folder of Sources, from the bottom up")
    func order() throws {
        let targets = try Self.targets()
        #expect(
            Set(targets.map(\.name)) == Set(SourceTree.files.filter { $0.path.hasPrefix("Sources/") }.map(\.module)))
        let ours = Set(targets.map(\.name))
        for (position, target) in targets.enumerated() {
            let below = Set(targets[..<position].map(\.name))
            #expect(target.dependencies.intersection(ours).subtracting(below) == [], "\(target.name) points up")
            let external = target.dependencies.subtracting(ours)
            #expect(external.isSubset(of: Exceptions.externals[target.name] ?? []), "\(target.name)")
        }
    }

    @Test("a module imports only what the manifest gives it")
    func declared() throws {
        for target in try Self.targets() {
            for (place, name) in Self.imports(of: target.name)
            where !Exceptions.languageModules.contains(name) && !name.hasPrefix("Foundation") {
                #expect(target.dependencies.contains(name), "\(place)")
            }
        }
    }

    @Test("protocol, store and resolver are pure: no Foundation")
    func pure() {
        for module in Exceptions.withoutFoundation {
            #expect(Self.imports(of: module).filter { $0.name.hasPrefix("Foundation") }.map(\.place) == [])
        }
    }

    @Test("a C module is called by its overlay alone")
    func overlays() throws {
        for target in try Self.targets() {
            for (place, name) in Self.imports(of: target.name) {
                guard let callers = Exceptions.callers[name] else { continue }
                #expect(callers.contains(target.name), "\(place)")
            }
        }
    }
}
