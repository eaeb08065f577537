import BanyanBulk
import BanyanRegistry
import BanyanTestSupport
import ByteStreams
import HandleProtocol
import Testing

@Suite("CSV (RFC 4180)")
struct CSVTests {
    @Test("quotes, commas, line ends and empty cells are read as the RFC says")
    func quoting() throws {
        let test = try TestLoad()
        let path = try test.file(
            "a.csv",
            "\u{FEFF}handle,1:URL,\"2:NAME\",_error\r\n88.118.8/1,\"a,b\",\"say \"\"yes\"\"\r\nand no\",x\r\n\r\n"
                + "88.118.8/2,,plain,\r\n\"88.118.8/3\",\"\",\"\",\"\"\r\n88.118.8/4, spaced ,y,")
        let report = try test.load(path)
        #expect(report.createdCount == 4, "\(test.rejections)")
        #expect(try test.text("88.118.8/1", 1) == "a,b")
        #expect(try test.text("88.118.8/1", 2) == "say \"yes\"\r\nand no")
        #expect(try test.values("88.118.8/2")?.map(\.index) == [2])
        #expect(try test.values("88.118.8/3") == [])
        #expect(try test.text("88.118.8/4", 1) == " spaced ")
    }

    @Test("bad rows name line and column, and the rest goes on")
    func badRows() throws {
        let test = try TestLoad()
        let path = try test.file(
            "a.csv",
            """
            handle,1:URL,100:HS_ADMIN,200:HS_VLIST
            88.118.8/1,x
            ,x,,
            88.118.8/2,a"b,,
            88.118.8/3,"a"b,,
            88.118.8/4,x,300:0.NA/8,
            88.118.8/5,x,,300
            88.118.8/6,"two
            lines",300:111111111111:0.NA/8,300:0.NA/8;
            88.118.8/7,"never closed,,
            88.118.8/8,x,,

            """)
        let report = try test.load(path)
        let quotes =
            "a quote stands inside a field or is not closed; put the field in double quotes and double those inside"
        #expect(
            test.rejections == [
                "a.csv:2: the row has 2 fields, the header 4; quote fields with commas",
                "a.csv:3: handle: the handle is missing; fill the cell",
                "a.csv:4: \(quotes)", "a.csv:5: \(quotes)",
                "a.csv:6: 100:HS_ADMIN: no administrator; give INDEX:PERMISSIONS:HANDLE with twelve digits 0 or 1",
                "a.csv:7: 200:HS_VLIST: no list; give INDEX:HANDLE; for each member",
                "a.csv:10: \(quotes)",
            ])
        #expect(report.createdCount == 2)
        #expect(try test.text("88.118.8/6", 1) == "two\nlines")
        #expect(try test.values("88.118.8/8") != nil)
    }

    @Test("a load that broke off goes on, whatever quotes stand in the rows before")
    func resume() throws {
        let count = ChangeSet.changeCountMax
        let rows = (0..<(2 * count)).map { "88.118.8/\($0),\"a\nb\"\r\n" }
        let text = "handle,1:URL\r\n88.118.8/bad,a\"b\r\n" + rows.joined()
        let test = try TestLoad()
        let path = try test.file("a.csv", text)
        #expect(throws: LoadError.submission(.outOfRoom)) {
            try test.load(path, into: FailingSink(test.registrar, after: 1))
        }
        let report = try test.load(path)
        #expect(test.resumptions.map(\.line) == [2 + 2 * count])
        #expect(report.createdCount == count)
        #expect(try test.text("88.118.8/\(2 * count - 1)", 1) == "a\nb")
    }

    @Test("GB 18030 is recognised, as UTF-8 is")
    func encodings() throws {
        let test = try TestLoad()
        // handle,2:名称 / 88.118.8/1,标识 in GB 18030.
        let bytes =
            Array("handle,2:".utf8) + [0xC3, 0xFB, 0xB3, 0xC6, 0x0A] + Array("88.118.8/1,".utf8)
            + [0xB1, 0xEA, 0xCA, 0xB6, 0x0A] + Array("88.118.8/2,".utf8) + [0xFF, 0x0A]
        let report = try test.load(test.file("a.csv", bytes))
        #expect(report.createdCount == 1)
        let value = try #require(try test.values("88.118.8/1")?.first)
        #expect(String(decoding: value.type, as: UTF8.self) == "名称")
        #expect(String(decoding: value.data, as: UTF8.self) == "标识")
        #expect(test.rejections == ["a.csv:3: 2:名称: neither UTF-8 nor GB 18030; save the file as UTF-8"])
        try test.load(test.file("b.csv", "handle,2:名称\n88.118.8/3,标识\n"))
        #expect(try test.text("88.118.8/3", 2) == "标识")
    }

    @Test("a mapping gives columns index, type, ttl and permissions, and every record what it lacks")
    func mapping() throws {
        let test = try TestLoad()
        let map = #"""
            # Product list.
            [columns."product name"]
            index = 2   # the name
            type = 'NAME'
            ttl = 3_600
            permissions = "1100"

            [名称]
            index = 3
            type = "\"名称\""

            [columns]
            admin = { index = 100, type = "HS_ADMIN", value = "300:111111111111:0.NA/88.118.8" }
            price.index = 4
            price.type = "PRICE"
            """#
        var options = LoadOptions()
        options.mapping = try ColumnMapping(parsing: Array(map.utf8), path: "map.toml")
        let path = try test.file("a.csv", "handle,product name,名称,1:URL\n88.118.8/1,x,y,z\n")
        #expect(try test.load(path, options: options).createdCount == 1)
        let values = try #require(try test.values("88.118.8/1"))
        #expect(values.map(\.index) == [2, 3, 1, 100])
        #expect(values[0].permissions == [.administratorRead, .administratorWrite])
        #expect(values[0].timeToLive == .seconds(3_600))
        #expect(String(decoding: values[1].type, as: UTF8.self) == "\"名称\"")
        #expect(try administrator(values[3]).permissions == .all)
    }

    @Test(
        "a mapping that makes no sense is refused with its line",
        arguments: [
            ("[a]\nindex = 1\n", "map.toml:2: a: type is missing; add it"),
            ("[a]\ntype = \"A\"\n", "map.toml:2: a: index is missing; add it"),
            ("index = 1\n", "map.toml:1: index: no column's key"),
            (
                "[a]\n\nindex = 0\n",
                "map.toml:3: index: give index (a number from 1 to 2147483647), type (a text), "
                    + "ttl (seconds), permissions (four digits 0 or 1 as text) or value (a text)"
            ),
            ("[a\n", "map.toml:1: `]` expected"), ("[a]\nindex 1", "map.toml:2: `=` expected"),
            ("[a]\ntype = \"x\n", "map.toml:2: a text is not closed; add the quote"),
            ("[a]\nindex = x", "map.toml:2: give a text in quotes or a whole number as value"),
            ("[a] x", "map.toml:1: the line should end here"),
        ])
    func badMapping(text: String, message: String) {
        do {
            _ = try ColumnMapping(parsing: Array(text.utf8), path: "map.toml")
            Issue.record("accepted")
        } catch {
            #expect(error.description == message)
        }
    }
}
