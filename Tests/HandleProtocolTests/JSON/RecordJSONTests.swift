import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Records in JSON form")
struct RecordJSONTests {
    static func parse(_ text: String, defaultTimestamp: UInt32 = 0) throws(RecordError) -> HandleRecord {
        let bytes = Array(text.utf8)
        return try HandleRecord(json: bytes.rawSpan, defaultTimestamp: defaultTimestamp)
    }

    /// A record of one value whose members are `members`, then index, type and data unless they are among them.
    static func value(_ members: String) throws(RecordError) -> HandleValue {
        let record = try parse(#"{"handle":"8/1","values":[{\#(members)}]}"#)
        return record.values[0]
    }

    @Test("every record of the recorded server goes to JSON and back without a change")
    func dataset() throws {
        var count = 0
        for vector in try Vectors.load("dataset") {
            guard let handle = vector.fields["handle"].string, let list = vector.fields["values_hex"].array else {
                continue
            }
            count += 1
            let bytes = list.flatMap { $0.hex ?? [] }
            var writer = JSONWriter()
            try writer.write(
                handle: Array(handle.utf8).rawSpan, values: bytes.rawSpan, keepsEmptyTimestamps: true)
            var parser = RecordParser(defaultTimestamp: 7)
            var buffer = RecordBuffer()
            try parser.parse(writer.bytes.rawSpan, into: &buffer)
            #expect(buffer.values.bytes == bytes, "\(handle)")
            #expect(buffer.handle.bytes == Array(handle.utf8))
            #expect(buffer.valueCount == list.count)
            let record = try buffer.record()
            let json = try #require(record.json)
            #expect(try HandleRecord(json: json.rawSpan) == record)
        }
        #expect(count == 3_045)
    }

    @Test("the form is byte for byte what the reference answers over HTTP")
    func reference() throws {
        var records: [String: [UInt8]] = [:]
        for vector in try Vectors.load("dataset") {
            guard let handle = vector.fields["handle"].string, let list = vector.fields["values_hex"].array else {
                continue
            }
            records[handle] = list.flatMap { $0.hex ?? [] }
        }
        let compared = [
            "get-all", "get-chinese", "get-slashes", "get-refs", "get-binary", "get-site-vlist-key", "get-legacy-admin",
        ]
        for vector in try Vectors.load("http-rest") where compared.contains(vector.name) {
            let body = try #require(vector.fields["response_body"].string)
            let json = Array(body.replacing(#""responseCode":1,"#, with: "").utf8)
            let record = try HandleRecord(json: json.rawSpan)
            #expect(record.json == json, "\(vector.name)")
            let stored = try #require(records[Handle(record.handle).folded().description])
            var writer = ByteWriter()
            for value in record.values { value.write(to: &writer) }
            #expect(writer.byteCount <= stored.count)
        }
    }

    @Test("sites are byte for byte those of the reference")
    func sites() throws {
        for vector in try Vectors.load("encodings") where vector.name.hasPrefix("hs-site") {
            let bytes = try #require(vector.fields["encoded_hex"].hex)
            let site = try Site(parsing: bytes.rawSpan)
            let json = site.json
            #expect(JSONTree(parsing: json[...]) == vector.fields["json"])
            #expect(try Site(json: json.rawSpan) == site)
        }
    }

    @Test("a bare string, a number, hex and base64 are data")
    func data() throws {
        let forms: [(String, [UInt8])] = [
            (#""a\u4e2d\ud83d\ude00\n""#, Array("a中😀\n".utf8)), ("12.50", Array("12.50".utf8)),
            (#"{"format":"string","value":"x"}"#, [0x78]), (#"{"value":"x","format":"STRING"}"#, [0x78]),
            (#"{"format":"hex","value":"00fF"}"#, [0, 255]), (#"{"format":"base64","value":"AP8="}"#, [0, 255]),
            (#"{"format":"base64","value":"AP8"}"#, [0, 255]), (#""""#, []),
            (#"{"format":"vlist","value":[{"handle":"1","index":"2"}]}"#, [0, 0, 0, 1, 0, 0, 0, 1, 0x31, 0, 0, 0, 2]),
        ]
        for (text, bytes) in forms {
            #expect(try Self.value(#""index":1,"type":"A","data":\#(text)"#).data == bytes, "\(text)")
        }
    }

    @Test("what a member leaves out has its usual value")
    func defaults() throws {
        let record = try Self.parse(
            #" {"values" : [ {"data":"x" , "type":"A","index":"5"} ] ,"handle":"8/1", "_error":[1,{}]} "#,
            defaultTimestamp: 9)
        #expect(
            record
                == HandleRecord(
                    handle: Array("8/1".utf8),
                    values: [
                        HandleValue(index: 5, timestamp: 9, type: [0x41], data: [0x78])
                    ]))
    }

    @Test("times to live of every kind are read")
    func timeToLive() throws {
        let members = #""index":1,"type":"A","data":"","#
        #expect(try Self.value(members + #""ttl":-1"#).timeToLive == .seconds(0xFFFF_FFFF))
        #expect(try Self.value(members + #""ttl":"2033-05-18T03:33:20Z""#).timeToLive == .until(2_000_000_000))
        #expect(try Self.value(members + #""ttl":5,"ttlType":7"#).timeToLive == TimeToLive(kind: 7, value: 5))
        #expect(try Self.value(members + #""ttlType":7,"ttl":5"#).timeToLive == TimeToLive(kind: 7, value: 5))
    }

    @Test("administrators' permissions are read in all their forms")
    func adminPermissions() throws {
        let forms: [(String, UInt16)] = [
            (#""011111110011""#, 0x7F3), (#""*""#, 0xFFF), ("true", 0xFFF), ("false", 0), ("2048", 0x800),
            ("[0,1,1,1,1,1,1,1,0,0,1,1]", 0x7F3), ("[true,0,0,0,0,0,0,0,0,0,0,false]", 0x800),
        ]
        for (text, bits) in forms {
            let value = try Self.value(
                #""index":100,"type":"HS_ADMIN","data":{"format":"admin","value":{"handle":"0.NA/8","index":"200","#
                    + #""permissions":\#(text)}}"#)
            #expect(try AdminRecord(parsing: value.data.rawSpan).permissions.rawValue == bits, "\(text)")
        }
    }

    @Test("a typed form is written only where it reads back as the same bytes")
    func typedOrBase64() throws {
        let reference = ValueReference(handle: Array("0.NA/8".utf8), index: 300)
        var usual = ByteWriter()
        AdminRecord(permissions: .all, administrator: reference).write(to: &usual)
        var high = ByteWriter()
        AdminRecord(permissions: [.all, AdminPermissions(rawValue: 0x1000)], administrator: reference).write(to: &high)
        var padded = ByteWriter()
        AdminRecord(permissions: .all, administrator: reference, legacyPadding: 1).write(to: &padded)
        let key = PublicKeyRecord(.rsa(exponent: [1, 0, 1], modulus: [0, 0x80])).bytes
        let cases: [([UInt8], [UInt8], String)] = [
            (ValueType.administrator, usual.bytes, "admin"), (ValueType.administrator, high.bytes, "base64"),
            (ValueType.administrator, padded.bytes, "base64"), (ValueType.administrator, [0x41], "base64"),
            (Array("hs_admin".utf8), usual.bytes, "admin"), (ValueType.publicKey, key, "base64"),
            (ValueType.publicKey, key + [0, 0, 0, 0], "key"), (ValueType.publicKey, key + [0, 0, 0, 1], "base64"),
            (ValueType.site, Site(serial: 1, flags: .primary, servers: []).bytes, "site"),
            (ValueType.site, Site(serial: 1, flags: Site.Flags(rawValue: 1), servers: []).bytes, "base64"),
            (Array("A".utf8), [0x10], "string"), (Array("A".utf8), [0x01], "base64"),
            (Array("A".utf8), [0xFF], "base64"),
        ]
        for (type, data, format) in cases {
            let record = HandleRecord(handle: [0x38], values: [HandleValue(index: 1, type: type, data: data)])
            let json = try #require(record.json)
            let tree = try #require(JSONTree(parsing: json[...]))
            #expect(tree["values"][0]["data"]["format"].string == format)
            #expect(try HandleRecord(json: json.rawSpan) == record)
        }
    }

    @Test("a name that is not UTF-8 has no JSON form")
    func notUTF8() {
        #expect(HandleRecord(handle: [0xFF], values: []).json == nil)
        #expect(HandleRecord(handle: [], values: [HandleValue(index: 1, type: [0xFF], data: [])]).json == nil)
        let reference = ValueReference(handle: [0xFF], index: 1)
        let value = HandleValue(index: 1, type: [], data: [], references: [reference])
        #expect(HandleRecord(handle: [], values: [value]).json == nil)
    }
}
