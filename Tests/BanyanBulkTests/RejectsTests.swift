import BanyanBulk
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Synchronization
import Testing

@Suite("Rejects of a load")
struct RejectsTests {
    @Test("rejects hold the row and its reason, and load after mending", arguments: ["ndjson", "csv", "batch", "wire"])
    func rejects(format: String) throws {
        let inputs = [
            "ndjson": #"{"handle":"88.118.8/1","values":[{"index":1,"type":"A","data":"x","ttl":""}]}"# + "\n"
                + #"{"handle":"99/1","values":[{"index":1,"type":"A","data":"x"}]}"# + "\nbroken\n" + jsonLines(1),
            "csv": "handle,1:A\r\n88.118.8/1,x,\"y\"\r\n99/1,\"x, \"\"y\"\"\"\r\n88.118.8/SN-1000000,x\r\n",
            "batch": "CREATE 88.118.8/1\n1 A 86400 1110 XML x\n\nCREATE 99/1\n1 A 86400 1110 UTF8 x\n\n"
                + "CREATE 88.118.8/SN-1000000\n1 A 86400 1110 UTF8 x\n",
            "wire": #"{"handle":"88.118.8/1","values_hex":["00"]}"# + "\n" + #"{"handle":"99/1","values_hex":[]}"#
                + "\n"
                + #"{"handle":"88.118.8/SN-1000000","values_hex":[]}"#,
        ]
        let test = try TestLoad()
        var options = LoadOptions()
        options.format = BulkFormat(rawValue: format)
        options.rejectsPath = test.folder.path + "/rejects"
        let path = try test.file("a", try #require(inputs[format]))
        let report = try test.load(path, options: options)
        #expect(report.createdCount == 1)
        #expect(report.rejectedCount == (format == "ndjson" ? 3 : 2))
        let rejects = try test.read("rejects")
        #expect(rejects.contains("the prefix is not homed here"))

        // The same file, not mended, is rejected alike; its reasons are replaced, not piled up.
        var second = options
        second.rejectsPath = test.folder.path + "/rejects2"
        #expect(try test.load(options.rejectsPath ?? "", options: second).rejectedCount == report.rejectedCount)
        let count = rejects.split(separator: "_error").count
        #expect(try test.read("rejects2").split(separator: "_error").count == count)

        // Mended.
        let mended = rejects.replacing("99/1", with: "88.118.8/2").replacing(#","ttl":"""#, with: "")
            .replacing("XML", with: "UTF8").replacing(#""00""#, with: "").replacing(
                "88.118.8/1,x,y,", with: "88.118.8/1,x,"
            )
            .replacing("broken", with: #"{"handle":"88.118.8/3","values":[{"index":1,"type":"A","data":"x"}]}"#)
        let fixed = try test.load(test.file("b", mended), options: second)
        #expect(fixed.createdCount == report.rejectedCount, "\(test.rejections) \(mended)")
        #expect(try test.values("88.118.8/2") != nil)
    }

    @Test("rejects of several files stand in one file, unless their forms differ")
    func rejectsOfSeveralFiles() throws {
        let test = try TestLoad()
        var options = LoadOptions()
        options.rejectsPath = test.folder.path + "/rejects"
        let first = try test.file("a.ndjson", jsonLines(1, prefix: "99.1"))
        let second = try test.file("b.ndjson", jsonLines(1) + "{}\n")
        let third = try test.file("c.csv", "handle,1:A\n99.2/1,x\n")
        #expect(try test.load(first, second, options: options).rejectedCount == 2)
        #expect(try test.read("rejects").split(separator: "\n").count == 2)
        #expect(throws: LoadError.self) { try test.load(first, third, options: options) }
        #expect(try test.read("rejects").split(separator: "\n").count == 1)
        // Nothing refused: what an earlier load left does not look like this one's.
        #expect(try test.load(test.file("d.ndjson", jsonLines(1)), options: options).rejectedCount == 0)
        #expect(try test.read("rejects").isEmpty)
    }

    @Test("rejects that cannot be written are known before anything is loaded")
    func unwritableRejects() throws {
        let test = try TestLoad()
        var options = LoadOptions()
        options.rejectsPath = test.folder.path + "/none/rejects"
        #expect(throws: LoadError.self) { try test.load(test.file("a.ndjson", jsonLines(1)), options: options) }
        #expect(try test.values("88.118.8/SN-1000000") == nil)
    }

    @Test("a place to go on at is stored when all that was refused before it is in the file of rejects")
    func rejectsBeforeCheckpoints() throws {
        let test = try TestLoad()
        let count = ChangeSet.changeCountMax
        let part = #"{"handle":"99/1","values":[]}"# + "\n{}\n"
        let text = (0..<20).map { part + jsonLines(count - 10, start: $0 * count) }.joined()
        let path = try test.file("a.ndjson", text)
        var options = LoadOptions()
        options.rejectsPath = test.folder.path + "/rejects"
        let folder = test.folder
        let sink = WatchingSink(test.registrar) { position in
            let refused = text.utf8.prefix(Int(position)).split(separator: 0x0A).count { $0.count < 90 }
            let lines = try folder.read("rejects").split(separator: 0x0A)
            #expect(lines.count >= refused)
        }
        #expect(try test.load(path, options: options, into: sink).rejectedCount == 40)
        #expect(sink.furthestPosition > UInt64(text.utf8.count / 3))
        #expect(try test.read("rejects").split(separator: "\n").count == 40)
    }
}

/// Passes everything on, and looks behind each commit at the place that it has stored: there a killed load goes on.
final class WatchingSink: ChangeSink {
    private struct Seen {
        var source: SourceIdentity?
        var furthestPosition: UInt64 = 0
    }

    private let sink: any ChangeSink
    private let watch: @Sendable (UInt64) throws -> Void
    private let seen = Mutex(Seen())

    init(_ sink: any ChangeSink, watch: @escaping @Sendable (UInt64) throws -> Void) {
        (self.sink, self.watch) = (sink, watch)
    }

    var furthestPosition: UInt64 { seen.withLock { $0.furthestPosition } }

    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult {
        let result = try sink.submit(set)
        guard let source = seen.withLock({ $0.source }), let position = try sink.checkpoint(for: source) else {
            return result
        }
        seen.withLock { $0.furthestPosition = max($0.furthestPosition, position) }
        #expect(throws: Never.self) { try watch(position) }
        return result
    }

    func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        let submission = Submission(set)
        submission.finish(.success(try submit(set)))
        return submission
    }

    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? {
        seen.withLock { $0.source = source }
        return try sink.checkpoint(for: source)
    }
}
