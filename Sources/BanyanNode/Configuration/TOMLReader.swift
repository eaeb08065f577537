/// The part of TOML 1.0 that settings need: `[section]`, `key = value`, comments; values are strings in one line,
/// whole numbers, booleans and arrays of strings. Whatever else TOML has is refused by name, with its line.
struct TOMLReader {
    struct Entry: Equatable {
        /// Section and key, with a dot between.
        var key: String
        var value: SettingValue
        var line: Int
    }

    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    static func entries(of bytes: [UInt8], file: String) throws(ConfigurationError) -> [Entry] {
        var reader = TOMLReader(bytes: bytes, file: file)
        return try reader.document()
    }

    private init(bytes: [UInt8], file: String) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.file = file
    }

    private mutating func document() throws(ConfigurationError) -> [Entry] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw error("the file is not UTF-8") }
        var entries: [Entry] = []
        var section = ""
        var sections: Set<String> = []
        while position < bytes.count {
            skipBlanks()
            switch next {
            case nil, UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "#"): break
            case UInt8(ascii: "["):
                section = try sectionName()
                guard sections.insert(section).inserted else { throw error("section [\(section)] is there twice") }
            default:
                let name = try keyName()
                let key = section.isEmpty ? name : section + "." + name
                guard !entries.contains(where: { $0.key == key }) else { throw error("is there twice", key: key) }
                let entryLine = line
                skipBlanks()
                guard take(UInt8(ascii: "=")) else { throw error("no = after the key", key: key) }
                skipBlanks()
                entries.append(Entry(key: key, value: try value(of: key), line: entryLine))
            }
            try endLine()
        }
        return entries
    }

    private mutating func sectionName() throws(ConfigurationError) -> String {
        position += 1
        guard next != UInt8(ascii: "[") else {
            throw error("arrays of tables are not used here", accepted: "[section]")
        }
        skipBlanks()
        let name = try keyName()
        skipBlanks()
        guard take(UInt8(ascii: "]")) else { throw error("no ] after the section's name") }
        return name
    }

    /// A bare key: letters, digits, - and _, with dots between.
    private mutating func keyName() throws(ConfigurationError) -> String {
        let start = position
        while let byte = next, Self.isKeyByte(byte) || byte == UInt8(ascii: ".") { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !name.isEmpty, parts.allSatisfy({ !$0.isEmpty }) else {
            throw error("no key", accepted: "key = value, [section] or # comment")
        }
        return name
    }

    private mutating func value(of key: String) throws(ConfigurationError) -> SettingValue {
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try string(of: key))
        case UInt8(ascii: "["): return .texts(try strings(of: key))
        default: break
        }
        let start = position
        while let byte = next, Self.isKeyByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") {
            position += 1
        }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        if word == "true" { return .boolean(true) }
        if word == "false" { return .boolean(false) }
        let parts = word.split(separator: "_", omittingEmptySubsequences: false)
        if parts.allSatisfy({ !$0.isEmpty }), let number = Int(parts.joined()) { return .integer(number) }
        throw error(
            "found \((word.isEmpty ? restOfLine : word).shown)", key: key,
            accepted: Options.named(key)?.kind.accepted
                ?? "a string, a whole number, true, false or an array of strings")
    }

    private mutating func strings(of key: String) throws(ConfigurationError) -> [String] {
        position += 1
        var strings: [String] = []
        while true {
            try skipLines()
            if take(UInt8(ascii: "]")) { return strings }
            guard next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") else {
                throw error(
                    "found \(restOfLine.shown) in the array", key: key, accepted: "strings, with commas between")
            }
            strings.append(try string(of: key))
            try skipLines()
            if take(UInt8(ascii: ",")) { continue }
            guard next == UInt8(ascii: "]") else { throw error("no , or ] after a string of the array", key: key) }
        }
    }

    /// A string in one line: "basic" with escapes, or 'literal' without.
    private mutating func string(of key: String) throws(ConfigurationError) -> String {
        let quote = bytes[position]
        if position + 2 < bytes.count, bytes[position + 1] == quote, bytes[position + 2] == quote {
            throw error("strings of several lines are not used here", key: key, accepted: "a string in one line")
        }
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case quote: return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""): text += try escape(of: key)
            case 0..<0x20 where byte != UInt8(ascii: "\t"), 0x7F:
                position -= 1
                throw error("the string does not end in its line", key: key)
            default: text.append(byte)
            }
        }
        throw error("the string does not end", key: key)
    }

    private mutating func escape(of key: String) throws(ConfigurationError) -> [UInt8] {
        let letter = next ?? 0
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [letter]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = bytes[min(position, bytes.count)...].prefix(letter == UInt8(ascii: "u") ? 4 : 8)
            position += digits.count
            if digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(number)
            {
                return Array(String(scalar).utf8)
            }
        default: break
        }
        throw error("unknown escape", key: key, accepted: "\\n, \\t, \\r, \\\", \\\\, \\uXXXX, \\UXXXXXXXX")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var restOfLine: String {
        String(decoding: bytes[min(position, bytes.count)...].prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
    }

    /// Blanks, comments and line ends, as an array may hold them.
    private mutating func skipLines() throws(ConfigurationError) {
        while true {
            skipBlanks()
            switch next {
            case UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): try endLine()
            default: return
            }
        }
    }

    /// The end of a line, after an optional comment.
    private mutating func endLine() throws(ConfigurationError) {
        skipBlanks()
        if next == UInt8(ascii: "#") {
            while let byte = next, byte != UInt8(ascii: "\n") { position += 1 }
        }
        _ = take(UInt8(ascii: "\r"))
        guard next != nil else { return }
        guard take(UInt8(ascii: "\n")) else { throw error("found \(restOfLine.shown) where the line should end") }
        line += 1
    }

    private func error(_ problem: String, key: String? = nil, accepted: String? = nil) -> ConfigurationError {
        ConfigurationError(.file(file, line: line), key: key, problem, accepted: accepted)
    }
}
