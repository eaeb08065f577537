import BanyanBulk
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

@Suite("Bulk dump")
struct DumperTests {
    private func dump(
        _ test: TestLoad, _ format: BulkFormat, prefix: String? = nil, time: UInt64? = nil, to name: String = "dump"
    ) throws -> DumpReport {
        var options = DumpOptions()
        options.format = format
        options.prefix = prefix.flatMap { Prefix($0) }
        options.time = time
        var dumper = Dumper(test.registrar.index, options: options)
        return try dumper.dump(to: test.folder.path + "/" + name)
    }

    /// Every record of an index: name as registered, and values.
    private func content(_ test: TestLoad) throws -> [String: [UInt8]] {
        let snapshot = try test.registrar.index.snapshot()
        var walk = try snapshot.records(in: .all)
        var content: [String: [UInt8]] = [:]
        while let entry = try walk.next() {
            content[String(decoding: entry.name.array, as: UTF8.self)] = entry.record.values.array
        }
        return content
    }

    @Test(
        "ndjson and wire are complete: a load of the dump gives the same records",
        arguments: [BulkFormat.ndjson, .wire])
    func complete(format: BulkFormat) throws {
        let first = try TestLoad(homing: [])
        try first.load(Vectors.directory.appending(path: "dataset.jsonl").path)
        var set = ChangeSet()
        set.append(.home(prefix: Array("CS".utf8), caseRule: .sensitiveLocalName))
        set.append(
            .put(
                handle: Array("cs/Mixed-Case".utf8),
                values: [0, 0, 0, 1, 0, 0, 0, 9] + [UInt8](repeating: 0, count: 18)))
        #expect(try first.registrar.submit(set).rejections.isEmpty)
        let report = try dump(first, format)
        #expect(report.isComplete)
        #expect(report.recordCount == 3_046)
        #expect(report.journalHeadAtStart == report.journalHeadAtEnd)
        let second = try TestLoad(homing: format == .wire ? [] : ["0", "0.NA", "88", "88.100", "88.100.1"])
        if format == .ndjson {
            var set = ChangeSet()
            set.append(.home(prefix: Array("CS".utf8), caseRule: .sensitiveLocalName))
            _ = try second.registrar.submit(set)
        }
        let loaded = try second.load(first.folder.path + "/dump")
        #expect(loaded.rejectedCount == 0, "\(second.rejections.prefix(3))")
        #expect(try content(second) == content(first))
        // And the dump of that is the same text.
        _ = try dump(second, format)
        #expect(try second.folder.read("dump") == first.folder.read("dump"))
    }

    @Test("csv and batch leave out what they cannot hold, and count it", arguments: [BulkFormat.csv, .batch])
    func partial(format: BulkFormat) throws {
        let first = try TestLoad()
        let url = #"{"index":1,"type":"URL","data":"x"}"#
        let bytes = #"{"index":3,"type":"B","data":{"format":"hex","value":"ff"}}"#
        let name = #"{"index":2,"type":"名称","data":"轴承, \"b\""}"#
        let linked = #"{"index":1,"type":"URL","data":"x","references":[{"handle":"1","index":1}]}"#
        let administrator =
            #"{"index":100,"type":"HS_ADMIN","data":{"format":"admin","value":{"handle":"0.NA/88","index":300,"#
            + #""permissions":"111111110011"}}}"#
        let records = [[url, name], [url, bytes], [bytes], [linked, administrator], []]
        let rows = records.enumerated().map { number, values in
            #"{"handle":"88.118.8/\#(number + 1)","values":[\#(values.joined(separator: ","))]}"#
        }
        let path = try first.file("a.ndjson", rows.joined(separator: "\n"))
        #expect(try first.load(path).createdCount == 5)
        let report = try dump(first, format)
        #expect(report.recordCount == 4)
        #expect(report.leftOutRecordCount == 1)
        #expect(report.leftOutValueCount == 2)
        #expect(!report.isComplete)
        let second = try TestLoad()
        var options = LoadOptions()
        options.format = format
        #expect(
            try second.load(first.folder.path + "/dump", options: options).createdCount == 4, "\(second.rejections)")
        for (handle, indexes) in [("1", [1, 2]), ("2", [1]), ("4", [100]), ("5", [])] as [(String, [UInt32])] {
            let values = try #require(try second.values("88.118.8/" + handle))
            #expect(values.map(\.index) == indexes)
            for value in values {
                let original = try #require(try first.values("88.118.8/" + handle)?.first { $0.index == value.index })
                #expect(value.data == original.data && value.type == original.type)
            }
        }
    }

    @Test("one prefix: its own record and the handles under it, nothing else")
    func prefix() throws {
        let test = try TestLoad(homing: ["88", "88.1", "88.11", "0.NA"])
        try test.load(
            test.file(
                "a.ndjson",
                ["0.NA/88.1", "88/1", "88.1/1", "88.1/2", "88.11/1", "0.NA/88.1.2"].map {
                    #"{"handle":"\#($0)","values":[]}"#
                }.joined(separator: "\n")))
        let report = try dump(test, .wire, prefix: "88.1")
        #expect(report.recordCount == 3)
        let text = try test.read("dump")
        #expect(text.hasPrefix(#"{"homed":"0.NA/88.1"}"# + "\n" + #"{"handle":"0.NA/88.1","values_hex":[]}"#))
        #expect(!text.contains("88.11") && !text.contains("88.1.2"))
    }

    @Test("many snapshots give every record once, in order")
    func manySnapshots() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", jsonLines(5_000)))
        var options = DumpOptions()
        options.format = .ndjson
        var dumper = Dumper(test.registrar.index, options: options)
        var snapshots = 0
        let report = try dumper.dump(to: test.folder.path + "/dump.gz") { _ in snapshots += 1 }
        #expect(report.recordCount == 5_000)
        #expect(snapshots == 6)
        let again = try TestLoad()
        #expect(try again.load(test.folder.path + "/dump.gz").createdCount == 5_000)
    }

    @Test("a dump of the past holds what was there then, deleted handles included")
    func past() throws {
        let test = try TestLoad()
        try test.load(test.file("a.ndjson", jsonLines(3)))
        let time = try test.registrar.index.snapshot().journalHead().time
        _ = try dump(test, .ndjson, to: "before")
        // The journal counts milliseconds: changes are made until one falls behind that time.
        var set = ChangeSet(onConflict: .replace)
        set.append(.delete(handle: Array("88.118.8/SN-1000000".utf8)))
        set.append(.put(handle: Array("88.118.8/SN-1000001".utf8), values: []))
        set.append(.put(handle: Array("88.118.8/new".utf8), values: []))
        while Date().timeIntervalSince1970 * 1_000 < Double(time) + 2 {}
        #expect(try test.registrar.submit(set).rejections.isEmpty)
        let report = try dump(test, .ndjson, time: time)
        #expect(report.recordCount == 3)
        #expect(try test.folder.read("dump") == test.folder.read("before"))
        #expect(try dump(test, .ndjson, to: "after").recordCount == 3)
        #expect(try test.read("after").contains("88.118.8/new"))
    }
}
