import Foundation
import Testing

@testable import BanyanBench

@Suite("Records of the suite")
struct RecordGeneratorTests {
    @Test("three values, 200 bytes as stored, sorted, one JSON object a line")
    func records() throws {
        let folder = try BenchFolder(in: nil)
        try RecordGenerator(count: 12).writeRecords(to: folder.file("r"))
        let text = try String(contentsOfFile: folder.file("r"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 12)
        #expect(lines == lines.sorted())
        for (number, line) in lines.enumerated() {
            let record = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(record["handle"] as? String == RecordGenerator.handle(number))
            let values = try #require(record["values"] as? [[String: Any]])
            #expect(values.count == 3)
            let texts = values.flatMap { value -> [String] in
                let data = value["data"] as? [String: String]
                return [value["type"] as? String ?? "", data?["value"] ?? ""]
            }
            // A head of 16 bytes, and 26 for each value beside its type and data.
            let stored = 16 + 3 * 26 + texts.reduce(0) { $0 + $1.utf8.count }
            #expect(stored == RecordGenerator.recordByteCount)
        }
    }

    @Test("requests ask for the same handles")
    func requests() throws {
        let folder = try BenchFolder(in: nil)
        try RecordGenerator(count: 3).writeRequests(to: folder.file("q"))
        let lines = try String(contentsOfFile: folder.file("q"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        for (number, line) in lines.enumerated() {
            let hex = RecordGenerator.handle(number).utf8.map { String($0, radix: 16) }.joined()
            #expect(line.contains(hex))
        }
    }
}
