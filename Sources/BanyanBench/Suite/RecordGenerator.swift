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
        try write(to: path) { number, line in
            let digits = RecordGenerator.handle(number).utf8.suffix(10)
            line.append(contentsOf: #"{"handle":"88.100.1/"#.utf8)
            line.append(contentsOf: digits)
            line.append(contentsOf: #"","values":[{"index":1,"type":"URL","data":{"format":"string","value":"#.utf8)
            line.append(contentsOf: #""https://www.example.cn/p/"#.utf8)
            line.append(contentsOf: digits)
            line.append(contentsOf: #""},"ttl":86400},{"index":2,"type":"NAME","data":{"format":"string","value":"#.utf8)
            line.append(contentsOf: #""bearing 6205-2RS 25 x 52 x 15"},"ttl":86400},"#.utf8)
            line.append(contentsOf: #"{"index":3,"type":"BATCH","data":{"format":"string","value":"lot "#.utf8)
            line.append(contentsOf: digits)
            line.append(contentsOf: #", line 4, shift 2"},"ttl":86400}]}"#.utf8)
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
