import BanyanBulk
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import ByteStreams
import HandleProtocol
import Synchronization
import Testing

@Suite("Bulk loading")
struct LoaderTests {
    @Test(
        "JSON Lines are loaded, whole or as gzip, with and without a last line end",
        arguments: ["a.ndjson", "a.ndjson.gz"])
    func jsonLinesFile(name: String) throws {
        let test = try TestLoad()
        let path = try test.file(name, String(jsonLines(10_000).dropLast()))
        let report = try test.load(path)
        #expect(report.rowCount == 10_000)
        #expect(report.createdCount == 10_000)
        #expect(report.rejectedCount == 0)
        #expect(report.journalHead == 10_001)
        #expect(test.progressCount >= 2)
        #expect(try test.text("88.118.8/sn-1009999", 1) == "https://example.cn/1009999")
        #expect(
            try test.values("88.118.8/SN-1000000")?.first?.timestamp
                == Timestamp("2026-01-02T03:04:05Z")?.secondsSince1970)
        // What is there with the same values counts as done, and nothing is written.
        let again = try test.load(path)
        #expect(again.unchangedCount == 10_000)
        #expect(again.resumed.isEmpty)
    }

    @Test("absent timestamps are now")
    func timestamps() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", #"{"handle":"88.118.8/1","values":[{"index":1,"type":"A","data":"x"}]}"#))
        let stamp = try #require(try test.values("88.118.8/1")?.first?.timestamp)
        #expect(stamp > 1_700_000_000)
    }

    @Test("a bad row names file, line, field and reason, and never stops the rest")
    func badRows() throws {
        let test = try TestLoad()
        let path = try test.file(
            "a.ndjson",
            #"""
            {"handle":"88.118.8/1","values":[{"index":1,"type":"A","data":"x"}]}
            {"handle":"88.118.8/2","values":[{"index":1,"type":"A","data":"x","ttl":"soon"}]}

            not json
            {"handle":"99.1/2","values":[{"index":1,"type":"A","data":"x"}]}
            {"handle":"88.118.8/3","values":[{"index":1,"type":"A","data":"x"},{"index":1,"type":"B","data":"y"}]}
            {"handle":"88.118.8/4","values":[{"index":0,"type":"A","data":"x"}]}
            {"handle":"88.118.8/1","values":[{"index":1,"type":"A","data":"y"}]}
            {"handle":"","values":[{"index":1,"type":"A","data":"y"}]}
            {"handle":"88.118.8/5","values":[{"index":1,"type":"A","data":"x"}]}
            """#)
        let report = try test.load(path)
        #expect(report.createdCount == 2)
        #expect(report.rejectedCount == 7)
        #expect(report.rowCount == 9)
        #expect(
            test.rejections.sorted() == [
                "a.ndjson:2: values[1].ttl: give a time as 2026-01-02T03:04:05Z, from 1970 to 2106 (column 73)",
                "a.ndjson:4: give an object (column 1)",
                "a.ndjson:5: handle: the prefix is not homed here; home it first with `banyan prefix add`",
                "a.ndjson:6: values: an index stands twice; give each value an index of its own",
                "a.ndjson:7: values: an index is not between 1 and 2,147,483,647; correct it",
                "a.ndjson:8: handle: the handle exists with other values; use --on-conflict replace or skip",
                "a.ndjson:9: handle: the handle is empty, not UTF-8, or holds a NUL; correct it",
            ])
        #expect(try test.text("88.118.8/1", 1) == "x")
        #expect(try test.text("88.118.8/5", 1) == "x")
    }

    @Test("a handle that is there is rejected, left, or replaced, as the rule says")
    func conflicts() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", jsonLines(2)))
        let other = try test.file("b.ndjson", jsonLines(2).replacing("example.cn/1000001", with: "example.cn/x"))
        var options = LoadOptions()
        #expect(try test.load(other).rejectedCount == 1)
        options.conflictRule = .skip
        let skipped = try test.load(other, options: options)
        #expect(skipped.skippedCount == 1 && skipped.unchangedCount == 1)
        #expect(try test.text("88.118.8/SN-1000001", 1) == "https://example.cn/1000001")
        options.conflictRule = .replace
        #expect(try test.load(other, options: options).replacedCount == 1)
        #expect(try test.text("88.118.8/SN-1000001", 1) == "https://example.cn/x")
    }

    @Test("a dry run reports the same errors and changes nothing")
    func dryRun() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", jsonLines(1)))
        let path = try test.file(
            "b.ndjson",
            #"""
            {"handle":"88.118.8/SN-1000000","values":[{"index":1,"type":"A","data":"x"}]}
            {"handle":"99.1/2","values":[{"index":1,"type":"A","data":"x"}]}
            {"handle":"88.118.8/3","values":[{"index":1,"type":"A","data":"x"},{"index":1,"type":"B","data":"y"}]}
            {"handle":"88.118.8/4","values":[{"index":0,"type":"A","data":"x"}]}
            {"handle":"88.118.8/\u0000","values":[]}
            {"handle":"88.118.8/5"}
            {"handle":"88.118.8/6","values":[{"index":1,"type":"A","data":"x"}]}
            """#)
        let head = try test.load(test.file("none.ndjson", "")).journalHead
        let rehearsal = try test.rehearse(path)
        let announced = test.rejections.sorted()
        #expect(rehearsal.createdCount == 1)
        #expect(rehearsal.rejectedCount == 6)
        #expect(try test.values("88.118.8/6") == nil)
        #expect(head == 0)
        let report = try test.load(path)
        #expect(test.rejections.sorted() == announced)
        #expect(report.createdCount == 1)
        #expect(report.journalHead == 3)
    }

    @Test("a dry run meets what earlier rows of the same input did, changes and removals too")
    func dryRunOfChanges() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", jsonLines(3)))
        let batch = try test.file(
            "b.batch",
            """
            CREATE 88.118.8/new
            1 URL 86400 1110 UTF8 https://example.cn/1

            CREATE 88.118.8/new
            1 URL 86400 1110 UTF8 https://example.cn/2

            DELETE 88.118.8/SN-1000001

            MODIFY 88.118.8/SN-1000001
            1 URL 86400 1110 UTF8 https://example.cn/3

            REMOVE 77:88.118.8/SN-1000002

            ADD 88.118.8/new
            2 EMAIL 86400 1110 UTF8 a@example.cn

            """)
        let rehearsal = try test.rehearse(batch)
        let announced = test.rejections.sorted()
        #expect(rehearsal.rejectedCount == 3)
        #expect(try test.values("88.118.8/new") == nil)
        #expect(try test.values("88.118.8/SN-1000001") != nil)
        let report = try test.load(batch)
        #expect(test.rejections.sorted() == announced)
        #expect(report.rejectedCount == 3)
    }

    @Test("strict: nothing is kept behind the first bad row's chunk")
    func strict() throws {
        let test = try TestLoad()
        var options = LoadOptions()
        options.isStrict = true
        let good = ChangeSet.changeCountMax
        let bad = try test.load(
            test.file("a.ndjson", jsonLines(good + 10) + "{}\n" + jsonLines(good * 3, start: good + 10)),
            options: options)
        #expect(bad.isStopped)
        #expect(bad.createdCount == good)
        #expect(try test.values("88.118.8/SN-\(1_000_000 + good)") == nil)
        let refused = try test.load(
            test.file("b.ndjson", jsonLines(1, prefix: "99") + jsonLines(good * 4, start: 500_000)), options: options)
        #expect(refused.isStopped)
        #expect(refused.createdCount == good - 1)
    }

    @Test("a load that broke off goes on where it ended, and ends in the same state", arguments: [0, 1, 2, 3])
    func resume(chunkCount: Int) throws {
        let whole = try TestLoad()
        let text = jsonLines(ChangeSet.changeCountMax * 3) + "bad\n" + jsonLines(100, start: 500_000)
        try whole.load(whole.file("a.ndjson", text))
        let broken = try TestLoad()
        let path = try broken.file("a.ndjson", text)
        #expect(throws: LoadError.submission(.outOfRoom)) {
            try broken.load(path, into: FailingSink(broken.registrar, after: chunkCount))
        }
        let report = try broken.load(path)
        if chunkCount > 0 {
            #expect(broken.resumptions.first?.line == chunkCount * ChangeSet.changeCountMax)
            #expect(report.rowCount == ChangeSet.changeCountMax * (3 - chunkCount) + 101)
        }
        #expect(broken.rejections == ["a.ndjson:\(ChangeSet.changeCountMax * 3 + 1): give an object (column 1)"])
        #expect(report.journalHead == UInt64(ChangeSet.changeCountMax * 3 + 101))
        for name in ["1000000", "1004096", "1012287", "1500099"] {
            #expect(try broken.values("88.118.8/SN-" + name) == whole.values("88.118.8/SN-" + name))
        }
        // At its end a load leaves no place behind: the same command begins anew.
        #expect(try broken.load(path).unchangedCount == ChangeSet.changeCountMax * 3 + 100)
        #expect(broken.resumptions.isEmpty)
    }

    @Test("a chunk that fails takes back the place that chunks behind it have stored")
    func comeBack() throws {
        let test = try TestLoad()
        let text = jsonLines(ChangeSet.changeCountMax * 5)
        let path = try test.file("a.ndjson", text)
        #expect(throws: LoadError.submission(.outOfRoom)) {
            try test.load(path, into: FailingSink(test.registrar, only: 1))
        }
        #expect(try test.values("88.118.8/SN-\(1_000_000 + ChangeSet.changeCountMax)") == nil)
        #expect(try test.load(path).createdCount >= ChangeSet.changeCountMax)
        #expect(try test.values("88.118.8/SN-\(1_000_000 + ChangeSet.changeCountMax)") != nil)
    }

    @Test("another file under the same name begins anew")
    func otherFile() throws {
        let test = try TestLoad()
        let path = try test.file("a.ndjson", jsonLines(ChangeSet.changeCountMax * 2))
        #expect(throws: LoadError.self) { try test.load(path, into: FailingSink(test.registrar, after: 1)) }
        _ = try test.file("a.ndjson", jsonLines(ChangeSet.changeCountMax * 2, start: 300_000))
        let report = try test.load(path)
        #expect(report.resumed.isEmpty)
        #expect(report.createdCount == ChangeSet.changeCountMax * 2)
    }

    @Test("files that cannot be loaded are named")
    func unusable() throws {
        let test = try TestLoad()
        let missing = test.folder.path + "/none"
        #expect(throws: LoadError.input(.stream(StreamError(path: missing, .system(2))))) { try test.load(missing) }
        let unknown = try test.file("a", "what is this\n")
        #expect(throws: LoadError.input(.unknownFormat(path: unknown))) { try test.load(unknown) }
        let csv = try test.file("b.csv", "handle,name\n88.118.8/1,x\n")
        #expect(
            throws: LoadError.input(
                .configuration(
                    path: csv, line: 1,
                    RowError(field: "name", "name the column INDEX:TYPE, or give it index and type with --map")))
        ) { try test.load(csv) }
        #expect(try test.load(test.file("empty", "\n \n")).rowCount == 0)
    }

    @Test("a line that is too long is one bad row")
    func longLine() throws {
        let test = try TestLoad()
        let long = String(repeating: "x", count: 5 << 20)
        let path = try test.file("a.ndjson", jsonLines(1) + #"{"handle":""# + long + "\n" + jsonLines(1, start: 1))
        #expect(try test.load(path).createdCount == 2)
        #expect(test.rejections == ["a.ndjson:2: the line is longer than 2 MiB; no record is that long"])
    }

    @Test("changed bytes are refused row by row, never a trap", arguments: ["ndjson", "csv", "batch", "wire"])
    func mutations(format: String) throws {
        let texts = [
            "ndjson": jsonLines(20),
            "csv": "handle,1:URL,100:HS_ADMIN\n88.118.8/1,\"a\"\"b\n\",300:111111111111:0.NA/8\n",
            "batch":
                "CREATE 88.118.8/1\n1 URL 86400 1110 UTF8 x\n100 HS_ADMIN 86400 1110 ADMIN 300:111111111111:0.NA/8\n"
                + "200 HS_VLIST 86400 1110 LIST 300:0.NA/8;301:0.NA/8;\n\nADD 88.118.8/1\n2 A 1 1110 UTF8 x\n\n"
                + "MODIFY 88.118.8/1\n2 A 1 1110 UTF8 y\n\nREMOVE 2:88.118.8/1\n\n"
                + "DELETE 88.118.8/1\n\nHOME x\n0.NA/7\n",
            "wire":
                #"{"handle":"88.118.8/1","values_hex":["0000000100000000000000000a0e0000000155000000017800000000"]}"#
                + "\n" + #"{"homed":"0.NA/88"}"# + "\n",
        ]
        let text = Array(try #require(texts[format]).utf8)
        let test = try TestLoad()
        var options = LoadOptions()
        options.format = BulkFormat(rawValue: format)
        options.conflictRule = .replace
        options.rejectsPath = test.folder.path + "/rejects"
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<150 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            }
            let path = try test.file("m", bytes)
            do throws(LoadError) {
                let loader = Loader(.store(test.registrar), options: options)
                try loader.load([path])
            } catch .input(.configuration) {
                // A header that makes no sense.
            }
        }
    }
}

/// Fails like a full disk after so many sets, or at one only.
final class FailingSink: ChangeSink {
    private let sink: any ChangeSink
    private let after: Int
    private let failsOnce: Bool
    private let count = Mutex(0)

    init(_ sink: any ChangeSink, after count: Int) {
        (self.sink, after, failsOnce) = (sink, count, false)
    }

    init(_ sink: any ChangeSink, only position: Int) {
        (self.sink, after, failsOnce) = (sink, position, true)
    }

    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult {
        let position = count.withLock { count in
            defer { count += 1 }
            return count
        }
        guard failsOnce ? position != after : position < after else { throw .outOfRoom }
        return try sink.submit(set)
    }

    /// As a registrar does, which learns of a failure only when it commits.
    func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        let submission = Submission(set)
        do throws(SubmissionError) {
            submission.finish(.success(try submit(set)))
        } catch {
            submission.finish(.failure(error))
        }
        return submission
    }

    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? { try sink.checkpoint(for: source) }
}
