import Foundation

/// The repository's own files, found from where this file was compiled.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Everything that we wrote: no build products, no recorded exchanges, no fuzz inputs, no
    /// programs of others to compare with.
    static let files: [SourceFile] = paths(under: "").filter { path in
        !["Tests/Vectors/", "Fuzz/Corpus/", "Sources/BanyanBench/Peers/"].contains { path.hasPrefix($0) }
    }.compactMap(SourceFile.init)

    static let sources = files.filter { $0.path.hasPrefix("Sources/") && $0.isSwift }
    static let swift = files.filter { $0.isSwift }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Hidden files and build folders are passed over; the two hidden ones that are ours are named.
    private static func paths(under folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
        return names.sorted().flatMap { name -> [String] in
            guard !name.hasPrefix(".") || name == ".ci" || name == ".swift-format" else { return [] }
            let path = folder.isEmpty ? name : folder + "/" + name
            let isFolder = (try? root.appending(path: path).resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory
            return isFolder == true ? paths(under: path) : [path]
        }
    }
}

struct SourceFile: Sendable, CustomStringConvertible {
    let path: String
    let lines: [String]
    /// Without comments and strings; the same number of lines. Empty for other languages.
    let codeLines: [String]

    init?(path: String) {
        guard let text = try? SourceTree.text(path) else { return nil }
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        codeLines = path.hasSuffix(".swift") ? SourceText(stripping: Array(text.utf8)).lines : []
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    var description: String { path }

    /// The folder under Sources or Tests: the module.
    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    /// The file's name without ".swift" and without what stands behind a plus sign: the type that it is about.
    var subject: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return String(name.prefix { $0 != "+" && $0 != "." })
    }

    /// Where a pattern matches code: "path:line".
    func places(of pattern: Regex<some Any>, where condition: (String) -> Bool = { _ in true }) -> [String] {
        codeLines.enumerated().filter { $0.element.contains(pattern) && condition($0.element) }.map {
            "\(path):\($0.offset + 1)"
        }
    }
}
