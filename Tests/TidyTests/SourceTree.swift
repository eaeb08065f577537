import Foundation

/// The repository's own files, found from where this file was compiled.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Everything that we wrote.
    static let files: [SourceFile] = paths(under: "").compactMap(SourceFile.init)

    /// Recorded exchanges, inputs of fuzz targets, programs in C to compare with.
    private static let passedOver: Set<String> = ["Tests/Vectors", "Fuzz/Corpus", "Sources/BanyanBench/Peers"]

    static let sources = files.filter { $0.path.hasPrefix("Sources/") && $0.isSwift }
    static let swift = files.filter { $0.isSwift }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func contains(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Hidden files and build folders are passed over; the two hidden ones that are ours are named.
    private static func paths(under folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
        return names.sorted().flatMap { name -> [String] in
            guard !name.hasPrefix(".") || name == ".ci" || name == ".swift-format" else { return [] }
            let path = folder.isEmpty ? name : folder + "/" + name
            guard !passedOver.contains(path) else { return [] }
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
    private let code: String

    init?(path: String) {
        guard let text = try? SourceTree.text(path) else { return nil }
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let source = SourceText(stripping: path.hasSuffix(".swift") ? Array(text.utf8) : [])
        code = source.text
        codeLines = path.hasSuffix(".swift") ? source.lines : []
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
        // Most files have none: one search of the whole is quicker than one of each line.
        guard code.contains(pattern) else { return [] }
        return codeLines.enumerated().filter { $0.element.contains(pattern) && condition($0.element) }.map {
            "\(path):\($0.offset + 1)"
        }
    }
}
