import Foundation

/// The records of the suite: three values, 200 bytes as stored, sorted by handle; the same bytes for the same count,
/// so that two machines load the same file. The keys are those of the C programs beside us.
struct RecordGenerator {
    static let prefix = "88.100.1"
    /// As stored: the record's head and three values in wire encoding.
    static let recordByteCount = 200
    let count: Int

    static func handle(_ number: Int) -> String {
        let digits = String(number)
        return "\(prefix)/" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    /// One record a line, as `banyan dump` writes it.
    func writeRecords(to path: String) throws {
        let pieces = [
            #"{"handle":"88.100.1/"#,
            #"","values":[{"index":1,"type":"URL","data":{"format":"string","value":"https://www.example.cn/p/"#,
            #""},"ttl":86400},{"index":2,"type":"NAME","data":{"format":"string","value":"#
                + #""bearing 6205-2Z 25 x 52 x 15"},"ttl":86400},"#
                + #"{"index":3,"type":"BATCH","data":{"format":"string","value":"lot "#,
            #", line 4, shift 2"},"ttl":86400}]}"#,
        ].map { Array($0.utf8) }
        try write(to: path) { number, line in
            let digits = RecordGenerator.handle(number).utf8.suffix(10)
            for piece in pieces.dropLast() {
                line.append(contentsOf: piece)
                line.append(contentsOf: digits)
            }
            line.append(contentsOf: pieces[pieces.count - 1])
        }
    }

    /// The handles, one a line.
    func writeKeys(to path: String) throws {
        try write(to: path) { number, line in line.append(contentsOf: RecordGenerator.handle(number).utf8) }
    }

    /// Resolution requests in hexadecimal, one a line: what `udpload` and `tcpload` send.
    func writeRequests(to path: String) throws {
        let template = RequestTemplate(keepAlive: true)
        let digits = Array("0123456789abcdef".utf8)
        try write(to: path) { number, line in
            let handle = ArraySlice(RecordGenerator.handle(number).utf8)
            for byte in template.bytes(handle, requestID: 0) {
                line.append(digits[Int(byte >> 4)])
                line.append(digits[Int(byte & 15)])
            }
        }
    }

    private func write(to path: String, _ append: (Int, inout [UInt8]) -> Void) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw BenchError.file(path, "cannot be written") }
        defer { try? file.close() }
        let flushed = 1 << 20
        var lines: [UInt8] = []
        lines.reserveCapacity(flushed + 4_096)
        for number in 0..<count {
            append(number, &lines)
            lines.append(UInt8(ascii: "\n"))
            if lines.count >= flushed {
                try file.write(contentsOf: lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: lines)
    }
}
