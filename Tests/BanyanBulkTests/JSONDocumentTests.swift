import BanyanBulk
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("JSON texts of any shape: dumps of a Handle server's storage, exports of SNMS")
struct JSONDocumentTests {
    private static let storage = """
        {
          "homedPrefixes": [
            "0.NA/88.118.9",
            "0.NA/88.118.10"
          ],
          "handleRecords": {
            "88.118.9/A": {
              "handle": "88.118.9/A",
              "values": [
                {
                  "index": 1,
                  "type": "URL",
                  "data": { "format": "string", "value": "https://example.cn/{a]" },
                  "ttl": 3600,
                  "timestamp": "2026-01-02T03:04:05Z"
                },
                {
                  "index": 100,
                  "type": "HS_ADMIN",
                  "data": {
                    "format": "admin",
                    "value": { "handle": "0.NA/88.118.9", "index": 300, "permissions": "011111110011" }
                  },
                  "ttl": 86400
                }
              ]
            },
            "88.118.10/\\u699c\\"": {
              "handle": "88.118.10/\\u699c\\"",
              "values": { "7": { "index": 7, "type": "EMAIL", "data": "a@b.cn" } }
            }
          }
        }

        """

    @Test("a dump of a Handle server's storage homes its prefixes and registers its records")
    func storage() throws {
        let test = try TestLoad()
        let report = try test.load(test.file("storage.json", Self.storage))
        #expect(report.rejectedCount == 0, "\(test.rejections)")
        #expect(report.rowCount == 4)
        #expect(try test.values("88.118.9/A")?.first?.timestamp == 1_767_323_045)
        #expect(try administrator(#require(try test.values("88.118.9/A")?.last)).administrator.index == 300)
        #expect(try test.text("88.118.10/榜\"", 7) == "a@b.cn")
    }

    @Test("what SNMS answers to queries, one a line, and its lists become what registering there makes")
    func business() throws {
        let test = try TestLoad()
        let record =
            #"{"handle":"88.118.8/N-1","templateVersion":"pump-v2","value":[{"index":2000,"type":"model","#
            + #""auth":"","data":{"format":"string","value":"P-7"}}]}"#
        let other =
            #"{"prefix":"88.118.8","handle":"88.118.8/N-2","templateVersion":"pump-v2","code":"200","value":["#
            + #"{"index":"2001","type":"weight","data":{"format":"string","vlaue":"7"}},"#
            + #"{"index":1001,"type":"TEMPLATE","data":{"format":"string","value":"pump-v2"}}]}"#
        for text in [
            #"{"message":"success","status":1,"data":\#(record)}"# + "\n"
                + #"{"message":"success","status":1,"data":\#(other)}"# + "\n",
            #"{"message":"success","status":1,"data":{"first":true,"content":[\#(record),\#(other)]}}"#,
            "[\(record),\n\(other)]",
        ] {
            let test = try TestLoad()
            let report = try test.load(test.file("export", text))
            #expect(report.rejectedCount == 0, "\(test.rejections)")
            #expect(try test.text("88.118.8/N-1", 1_001) == "pump-v2")
            #expect(try test.text("88.118.8/N-1", 2_000) == "P-7")
            #expect(try test.values("88.118.8/N-2")?.map(\.index) == [1_001, 2_001])
        }
        let template = #"[{"handle":"88.118.8/T","prefix":"88.118.8","version":"v","items":[]}]"#
        #expect(try test.load(test.file("template", template)).rejectedCount == 1)
    }

    @Test("a bad record is refused by its line and the others stay; a text that is cut off is said to be")
    func refusals() throws {
        let test = try TestLoad()
        let text = """
            [{"handle":"88.118.8/A","values":[]},
             {"handle":"88.118.8/B",
              "values":[{"index":1,"type":"URL"}]},
             {"handle":"88.118.8/C","values":[]}
            """
        let path = try test.file("list.json", text)
        let report = try test.load(path)
        #expect(report.rejectedCount == 2)
        #expect(test.rejections.first?.hasPrefix("list.json:2: values[1].data") == true, "\(test.rejections)")
        #expect(test.rejections.last?.contains("cut off") == true)
        #expect(try test.values("88.118.8/C") != nil)
        #expect(try test.values("88.118.8/B") == nil)
        var options = LoadOptions()
        options.rejectsPath = test.folder.path + "/rejects"
        _ = try test.load(path, options: options)
        let rejects = try test.read("rejects").replacing("\"type\":\"URL\"", with: "\"type\":\"URL\",\"data\":\"x\"")
        #expect(try test.load(test.file("mended", rejects)).rejectedCount == 0, "\(rejects)")
        #expect(try test.text("88.118.8/B", 1) == "x")
    }

    @Test("a load that broke off goes on where it was, in a text of one line as well")
    func resumption() throws {
        let test = try TestLoad()
        let records = (0..<20_000).map {
            #"{"handle":"88.118.8/\#($0)","values":[{"index":1,"type":"URL","data":"a"}]}"#
        }
        let path = try test.file("long.json", "[" + records.joined(separator: ",") + "]")
        var options = LoadOptions()
        options.format = .json
        let failing = FailingSink(test.registrar, after: 1)
        #expect(throws: (any Error).self) { try test.load(path, options: options, into: failing) }
        let report = try test.load(path, options: options)
        #expect(test.resumptions.count == 1)
        #expect(report.rejectedCount == 0)
        #expect(report.rowCount < 20_000)
        #expect(try test.values("88.118.8/19999") != nil)
    }
}
