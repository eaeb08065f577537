import HandleClient
import HandleProtocol
import Testing

@Suite("Where a server listens")
struct ServerAddressTests {
    @Test(
        "is read in the forms that people write",
        arguments: [
            ("127.0.0.1:2641", "127.0.0.1", 2_641), ("127.0.0.1", "127.0.0.1", 2_641), ("[::1]:80", "::1", 80),
            ("::1", "::1", 2_641), ("[2001:db8::5]", "2001:db8::5", 2_641), ("node.example.cn:1", "node.example.cn", 1),
        ])
    func parsing(text: String, host: String, port: Int) {
        #expect(ServerAddress(text) == ServerAddress(host: host, port: port))
    }

    @Test(
        "is refused in others",
        arguments: [
            "", ":2641", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "[::1", "[::1]x", "a b:1", "a/b:1", "h:x",
        ])
    func refusal(text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test("is written as it is read", arguments: ["127.0.0.1:2641", "[::1]:80", "node.example.cn:1"])
    func roundTrip(text: String) {
        #expect(ServerAddress(text)?.description == text)
    }

    @Test("loopback is known in both families; other machines are not loopback")
    func loopback() {
        for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"] {
            #expect(ServerAddress(text)?.isLoopback == true, "\(text)")
        }
        for text in ["192.0.2.1:1", "[2001:db8::1]:1", "0.0.0.0:1"] {
            #expect(ServerAddress(text)?.isLoopback == false, "\(text)")
        }
    }

    @Test("comes from a site record, IPv4 behind twelve zeros (RFC 3651 §3.2.2)")
    func site() {
        #expect(ServerAddress(SiteAddress(version4: 0x7F00_0001), port: 5)?.description == "127.0.0.1:5")
        #expect(ServerAddress(SiteAddress(high: 0, low: 1), port: 5)?.description == "[::1]:5")
        #expect(
            ServerAddress(SiteAddress(high: 0x2001_0DB8_0000_0000, low: 5), port: 5)?.description == "[2001:db8::5]:5")
        #expect(ServerAddress(SiteAddress(high: 0, low: 0), port: 5) == nil)
        #expect(ServerAddress(SiteAddress(version4: 1 << 24), port: 0) == nil)
        #expect(ServerAddress(SiteAddress(version4: 1 << 24), port: 65_536) == nil)
    }
}
