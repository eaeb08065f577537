/// Rows of comma-separated text (RFC 4180), read whole: registries are a few megabytes.
enum CommaSeparated {
    static func rows(of text: [UInt8]) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var position = 0
        func byte(after position: Int) -> UInt8? { position + 1 < text.count ? text[position + 1] : nil }
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\"") where isQuoted && byte(after: position) == UInt8(ascii: "\""):
                field.append(UInt8(ascii: "\""))
                position += 1
            case UInt8(ascii: "\""):
                isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                row.append(trimmed(field))
                field = []
            case UInt8(ascii: "\n") where !isQuoted:
                rows.append(row + [trimmed(field)])
                row = []
                field = []
            case let byte:
                field.append(byte)
            }
            position += 1
        }
        if !row.isEmpty || !field.isEmpty { rows.append(row + [trimmed(field)]) }
        return rows
    }

    /// Without blanks, carriage returns and line ends around it.
    private static func trimmed(_ field: [UInt8]) -> String {
        let start = field.firstIndex { $0 > UInt8(ascii: " ") } ?? field.endIndex
        let end = field.lastIndex { $0 > UInt8(ascii: " ") }.map { $0 + 1 } ?? start
        return String(decoding: field[start..<end], as: UTF8.self)
    }
}
