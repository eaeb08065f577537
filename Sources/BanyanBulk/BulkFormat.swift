import HandleProtocol

/// How records stand in a file.
public enum BulkFormat: String, CaseIterable, Sendable {
    /// A record of the REST interface a line.
    case ndjson
    /// A header, then a record a row (RFC 4180).
    case csv
    /// The Handle tools' batch file.
    case batch
    /// A JSON object a line, values in wire encoding as hexadecimal digits.
    case wire
    /// JSON texts of any shape with records in them: a dump of a Handle server's storage, an export of SNMS.
    case json

    /// What a node is dumped to.
    public static let dumped: [BulkFormat] = [.ndjson, .csv, .batch, .wire]

    /// The verbs that begin a block of a batch file.
    static let batchVerbs = [
        "CREATE", "ADD", "MODIFY", "REMOVE", "DELETE", "HOME", "UNHOME", "AUTHENTICATE", "SESSIONSETUP",
    ]

    /// Guesses from a file's first bytes; nil when they look like nothing that is known here.
    init?(guessing sample: [UInt8]) {
        let text = sample.starts(with: ByteOrderMark.utf8) ? sample.dropFirst(3) : sample[...]
        let lines = text.split(separator: 0x0A, maxSplits: 64, omittingEmptySubsequences: true)
        guard let line = lines.first(where: { line in line.contains { $0 > 0x20 } && line.first != 0x23 }) else {
            return nil
        }
        if line.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            let marks = ["\"values_hex\"", "\"homed\"", "\"meta\""].map { Array($0.utf8) }
            if marks.contains(where: { Self.contains(line, $0) }) {
                self = .wire
            } else {
                let documentMarks = ["\"homedPrefixes\"", "\"handleRecords\"", "\"templateVersion\""]
                let isDocument = documentMarks.contains { Self.contains(line, Array($0.utf8)) }
                self = isDocument || lines.count > 1 && Self.isOpen(line) ? .json : .ndjson
            }
            return
        }
        if line.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
            self = .json
            return
        }
        let word = String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)
        if Self.batchVerbs.contains(word) {
            self = .batch
        } else if CSVRow.fields(of: Array(line))?.contains(where: { $0.elementsEqual(CSVHeader.handleColumn) }) == true
        {
            self = .csv
        } else {
            return nil
        }
    }

    /// Whether an object that begins in the line goes on in the next.
    private static func isOpen(_ line: ArraySlice<UInt8>) -> Bool {
        var nesting = 0
        var (isInString, isEscaped) = (false, false)
        for byte in line {
            if isEscaped {
                isEscaped = false
            } else if isInString, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString, byte == UInt8(ascii: "{") {
                nesting += 1
            } else if !isInString, byte == UInt8(ascii: "}") {
                nesting -= 1
            }
        }
        return nesting > 0 && !isInString
    }

    private static func contains(_ line: ArraySlice<UInt8>, _ mark: [UInt8]) -> Bool {
        line.indices.contains { line[$0...].starts(with: mark) }
    }
}

/// Bytes in front of a text that tell its encoding.
enum ByteOrderMark {
    static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]
}
