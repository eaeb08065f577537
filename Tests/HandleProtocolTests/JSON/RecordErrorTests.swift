import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Records in JSON form that are refused")
struct RecordErrorTests {
    private static let rows: [(text: String, message: String, offset: Int)] = [
        ("", ": the text ends here; complete it", 0),
        ("[]", ": give an object", 0),
        (#"{"values":[]}"#, "handle: the member is missing; add it", 0),
        (#"{"handle":"8/1"}"#, "values: the member is missing; add it", 0),
        (#"{"handle":5,"values":[]}"#, "handle: give a string", 10),
        (#"{"handle":"8/1","handle":"8/1","values":[]}"#, "handle: the member is there twice; keep one", 25),
        (#"{"handle":"8/1","values":{}}"#, "values: give an array", 25),
        (#"{"handle":"8/1","values":[],}"#, ": an element behind the comma expected", 28),
        (#"{"handle":"8/1","values":[]} {}"#, ": text follows the record; one record a line", 29),
        (#"{"handle":"8/1","value":[]}"#, ": no such member; correct its name or take it out", 24),
        (#"{"handle":"8/1" "values":[]}"#, ": a comma or a closing brace expected", 16),
        (
            "{\"handle\":\"8/\t1\",\"values\":[]}",
            "handle: a control character stands in a string; write it as an escape", 13
        ),
        (
            #"{"handle":"\q","values":[]}"#,
            #"handle: no such escape; use \" \\ \/ \b \f \n \r \t or \u with four hex digits"#, 11
        ),
        (#"{"handle":"\ud800","values":[]}"#, "handle: half of a surrogate pair; write both halves", 11),
    ]

    @Test("the message names member, reason and byte", arguments: 0..<14)
    func recordLevel(row: Int) {
        let (text, message, offset) = Self.rows[row]
        expectRefused(text, message, offset: offset)
    }

    private static let members: [(text: String, message: String)] = [
        (#""type":"A","data":"x""#, "values[1].index: the member is missing; add it"),
        (#""index":1,"data":"x""#, "values[1].type: the member is missing; add it"),
        (#""index":1,"type":"A""#, "values[1].data: the member is missing; add it"),
        (#""index":1.5"#, "values[1].index: give a whole number below 2147483648"),
        (#""index":2147483648"#, "values[1].index: give a whole number below 2147483648"),
        (#""index":"x""#, "values[1].index: give a whole number below 2147483648"),
        (#""index":01"#, "values[1].index: a number without leading zeros expected"),
        (#""index":1,"index":1"#, "values[1].index: the member is there twice; keep one"),
        (#""permission":"1110""#, "values[1]: no such member; correct its name or take it out"),
        (#""permissions":"*""#, #"values[1].permissions: give four digits 0 or 1 as text, as in "1110""#),
        (#""permissions":1110"#, #"values[1].permissions: give four digits 0 or 1 as text, as in "1110""#),
        (#""ttl":true"#, "values[1].ttl: give a number of seconds, or a time as text"),
        (#""ttl":"86400""#, "values[1].ttl: give a time as 2026-01-02T03:04:05Z, from 1970 to 2106"),
        (#""ttlType":256"#, "values[1].ttlType: give a number from 0 to 255"),
        (
            #""timestamp":"2026-02-29T00:00:00Z""#,
            "values[1].timestamp: give a time as 2026-01-02T03:04:05Z, from 1970 to 2106"
        ),
        (#""data":[]"#, "values[1].data: give a string, or an object with format and value"),
        (
            #""data":{"format":"xml","value":""}"#,
            "values[1].data.format: give one of string, base64, hex, admin, vlist, site, key"
        ),
        (#""data":{"value":""}"#, "values[1].data.format: the member is missing; add it"),
        (#""data":{"format":"hex"}"#, "values[1].data.value: the member is missing; add it"),
        (
            #""data":{"format":"hex","value":"0"},"index":1,"type":"A""#,
            "values[1].data.value: give hexadecimal digits, two a byte"
        ),
        (
            #""data":{"format":"base64","value":"A"},"index":1,"type":"A""#,
            "values[1].data.value: give base64 (RFC 4648)"
        ),
        (
            #""data":{"format":"admin","value":{"handle":"1","index":1,"permissions":"1"}},"index":1,"type":"A""#,
            "values[1].data.value.permissions: give twelve digits 0 or 1 as text, from list handles to add handle"
        ),
        (
            #""data":{"format":"vlist","value":[{"handle":"1"}]},"index":1,"type":"A""#,
            "values[1].data.value.index: the member is missing; add it"
        ),
        (
            #""data":{"format":"site","value":{"servers":[{"address":"x"}]}},"index":1,"type":"A""#,
            "values[1].site.servers.address: give an IPv4 or IPv6 address"
        ),
        (
            #""data":{"format":"key","value":{"kty":"EC"}},"index":1,"type":"A""#,
            "values[1].data.value: give a key: kty RSA with n and e, or kty DSA with y, p, q and g"
        ),
        (
            #""references":[{"index":1}],"data":"","index":1,"type":"A""#,
            "values[1].references.handle: the member is missing; add it"
        ),
    ]

    @Test("a value's message names its place and member too", arguments: 0..<26)
    func valueLevel(row: Int) {
        let (members, message) = Self.members[row]
        expectRefused(#"{"handle":"8/1","values":[{\#(members)}]}"#, message, offset: nil)
    }

    private func expectRefused(_ text: String, _ message: String, offset: Int?) {
        do {
            _ = try RecordJSONTests.parse(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.description == message, "\(text)")
            if let offset { #expect(error.cause.offset == offset, "\(text)") }
        }
    }

    @Test(
        "bytes that are not UTF-8 are refused wherever they stand",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE4, 0xB8], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let text = Array(#"{"handle":"12345678"#.utf8) + bytes + Array(#"","values":[]}"#.utf8)
        #expect(throws: RecordError(field: "handle", JSONError(.invalidUTF8, offset: 19))) {
            try HandleRecord(json: text.rawSpan)
        }
    }

    @Test("deep nesting ends in an error, not in the stack's end")
    func depth() {
        let text = #"{"_error":"# + String(repeating: "[", count: 100_000)
        #expect(throws: RecordError.self) { try RecordJSONTests.parse(text) }
    }

    @Test("every cut and every changed byte of a record is refused or parsed, never a trap")
    func mutations() throws {
        let text = Array(
            (#"{"handle":"8.1/a\u00e9","values":[{"index":1,"type":"HS_ADMIN","data":{"format":"admin","value":{"#
                + #""handle":"0.NA/8","index":"200","permissions":"011111110011"}},"ttl":"2033-05-18T03:33:20Z","#
                + #""permissions":"1110","references":[{"handle":"é","index":2}]},{"index":2,"type":"HS_SITE","#
                + #""data":{"format":"site","value":{"servers":[{"serverId":1,"address":"::1","#
                + #""interfaces":[{"port":1}]}]}}}]}"#).utf8)
        _ = try HandleRecord(json: text.rawSpan)
        for count in 0..<text.count {
            let cut = Array(text.prefix(count))
            #expect(throws: RecordError.self) { try HandleRecord(json: cut.rawSpan) }
        }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var changed = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            guard let record = try? HandleRecord(json: changed.rawSpan) else { continue }
            let json = try #require(record.json)
            #expect(try HandleRecord(json: json.rawSpan) == record)
        }
    }
}
