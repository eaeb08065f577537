import HandleProtocol
import Testing

@Suite("Base64, hex and times as text")
struct TextFormTests {
    @Test("base64 is that of RFC 4648 §10")
    func base64() throws {
        let pairs = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in pairs {
            let bytes = Array(plain.utf8)
            #expect(String(decoding: Base64.encode(bytes), as: UTF8.self) == text)
            for form in [Array(text.utf8), Array(text.utf8.filter { $0 != 0x3D })] {
                var writer = ByteWriter()
                let isDecoded = Base64.decode(form.rawSpan, into: &writer)
                #expect(isDecoded && writer.bytes == bytes)
            }
        }
        #expect(Base64.encode([0xFB, 0xFF], .url) == Array("-_8".utf8))
        for text in ["A", "A=", "Zh==", "Zm9=", "Z g=", "====", "Zg=a", "Zm9v=", "é"] {
            var writer = ByteWriter()
            let isDecoded = Base64.decode(Array(text.utf8).rawSpan, into: &writer)
            #expect(!isDecoded, "\(text)")
        }
    }

    @Test("hex digits in both cases are bytes; other text is none")
    func hex() {
        #expect(Hex.encode([0, 0xAF]) == Array("00af".utf8))
        #expect(Hex.decode(Array("00aF".utf8)) == [0, 0xAF])
        for text in ["0", "0g", "x0"] { #expect(Hex.decode(Array(text.utf8)) == nil) }
    }

    @Test(
        "times are seconds since 1970 in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59Z", 951_868_799), ("2033-05-18T03:33:20Z", 2_000_000_000),
            ("2026-11-24T20:34:01Z", 1_795_552_441), ("2106-02-07T06:28:15Z", 4_294_967_295),
        ] as [(String, UInt32)])
    func times(text: String, seconds: UInt32) {
        #expect(Timestamp(text)?.secondsSince1970 == seconds)
        #expect(Timestamp(secondsSince1970: seconds).description == text)
    }

    @Test("every day of the range is written as it is read")
    func days() {
        for day in stride(from: UInt32(0), to: 49_710, by: 1) {
            let time = Timestamp(secondsSince1970: day * 86_400 + day)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test("fractions are cut off, and zones are counted")
    func zones() {
        #expect(Timestamp("1970-01-01T08:00:01.999+08:00")?.secondsSince1970 == 1)
        #expect(Timestamp("1969-12-31T23:00:00-01:00")?.secondsSince1970 == 0)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026-01-02", "2026-01-02 03:04:05Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
            "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00",
            "2026-01-01T00:00:00Zx", "1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z", "2026-01-01T00:00:00+0800",
            "2026-01-01T00:00:00.Z", "20x6-01-01T00:00:00Z",
        ])
    func refused(text: String) { #expect(Timestamp(text) == nil) }
}
