/// A key with its value in a mapping file.
struct MappingEntry {
    enum Value { case text(String), integer(Int64) }

    /// The table's name and the key, part by part.
    var path: [String]
    var value: Value
    var line: Int
}

/// What is wrong in a mapping file.
struct MappingError: Error {
    var line: Int
    var reason: String

    init(line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }
}

/// The part of TOML 1.0 that mappings need: tables, keys bare or quoted (in any script), inline tables, texts in one
/// line, whole numbers, comments. Bare keys may hold letters of any script as well, since column names do.
struct MappingReader {
    private let scalars: [Unicode.Scalar]
    private let isText: Bool
    private var position = 0
    private var line = 1

    init(bytes: [UInt8]) {
        let text = String(
            validating: bytes.starts(with: ByteOrderMark.utf8) ? Array(bytes[3...]) : bytes, as: UTF8.self)
        scalars = Array((text ?? "").unicodeScalars)
        isText = text != nil
    }

    mutating func entries() throws(MappingError) -> [MappingEntry] {
        guard isText else { throw error("not UTF-8; save the file as UTF-8") }
        var entries: [MappingEntry] = []
        var table: [String] = []
        while position < scalars.count {
            skipBlanks()
            switch next {
            case nil, "\n", "\r", "#": break
            case "[":
                position += 1
                table = try keyPath()
                try expect("]")
            default: try parsePair(in: table, into: &entries)
            }
            try endLine()
        }
        return entries
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func error(_ reason: String) -> MappingError { MappingError(line: line, reason) }

    private mutating func parsePair(in table: [String], into entries: inout [MappingEntry]) throws(MappingError) {
        let path = table + (try keyPath())
        try expect("=")
        skipBlanks()
        switch next {
        case "{":
            position += 1
            skipBlanks()
            while next != "}" {
                try parsePair(in: path, into: &entries)
                skipBlanks()
                guard next == "," else { break }
                position += 1
                skipBlanks()
            }
            try expect("}")
        case "\"", "'": entries.append(MappingEntry(path: path, value: .text(try text()), line: line))
        default:
            var digits = ""
            while let scalar = next,
                scalar == "-" || scalar == "+" || scalar == "_" || scalar.properties.numericType != nil
            {
                if scalar != "_" { digits.unicodeScalars.append(scalar) }
                position += 1
            }
            guard let value = Int64(digits) else { throw error("give a text in quotes or a whole number as value") }
            entries.append(MappingEntry(path: path, value: .integer(value), line: line))
        }
    }

    /// `a`, `a.b`, `"a b".c`.
    private mutating func keyPath() throws(MappingError) -> [String] {
        var path: [String] = []
        while true {
            skipBlanks()
            if next == "\"" || next == "'" {
                path.append(try text())
            } else {
                var key = ""
                while let scalar = next,
                    scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic
                        || scalar.properties.numericType != nil
                {
                    key.unicodeScalars.append(scalar)
                    position += 1
                }
                guard !key.isEmpty else { throw error("a key is expected; put names with other characters in quotes") }
                path.append(key)
            }
            skipBlanks()
            guard next == "." else { return path }
            position += 1
        }
    }

    /// "Basic" with escapes, or 'literal' without.
    private mutating func text() throws(MappingError) -> String {
        let quote = scalars[position]
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = next, scalar != "\n" {
            position += 1
            if scalar == quote { return String(text) }
            guard scalar == "\\", quote == "\"" else {
                text.append(scalar)
                continue
            }
            switch next {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\"": text.append("\"")
            case "\\": text.append("\\")
            default: throw error("no such escape; use \\n \\t \\r \\\" \\\\, or a text in single quotes")
            }
            position += 1
        }
        throw error("a text is not closed; add the quote")
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(MappingError) {
        skipBlanks()
        guard next == scalar else { throw error("`\(scalar)` expected") }
        position += 1
    }

    private mutating func skipBlanks() {
        while next == " " || next == "\t" { position += 1 }
    }

    private mutating func endLine() throws(MappingError) {
        skipBlanks()
        if next == "#" { while let scalar = next, scalar != "\n" { _ = scalar; position += 1 } }
        if next == "\r" { position += 1 }
        guard let scalar = next else { return }
        guard scalar == "\n" else { throw error("the line should end here") }
        position += 1
        line += 1
    }
}
