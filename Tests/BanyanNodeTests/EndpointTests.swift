import BanyanNode
import Testing

@Suite("Addresses to listen on and networks")
struct EndpointTests {
    @Test(
        "both families are read and written alike",
        arguments: ["192.0.2.1:2641", "0.0.0.0:0", "[::]:2641", "[::1]:65535", "[2001:db8::1]:1"])
    func roundTrip(text: String) {
        #expect(Endpoint(text)?.description == text)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+1", "192.0.2:1",
            "::1:2641", "[::1]", "[192.0.2.1]:1", "[::1]2641", "host:1", "192.0.2.1:1\u{0}", "192.0.2.1:1 ",
        ])
    func refused(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test("a port may be left out where there is a usual one")
    func defaultPort() {
        #expect(Endpoint("192.0.2.1", defaultPort: 2641)?.description == "192.0.2.1:2641")
        #expect(Endpoint("2001:db8::1", defaultPort: 2641)?.description == "[2001:db8::1]:2641")
        #expect(Endpoint("[2001:db8::1]", defaultPort: 2641)?.description == "[2001:db8::1]:2641")
        #expect(Endpoint("192.0.2.1:7", defaultPort: 2641)?.description == "192.0.2.1:7")
    }

    @Test("wildcard and loopback are told from what clients can reach")
    func kinds() {
        #expect(InternetAddress("0.0.0.0")?.isWildcard == true)
        #expect(InternetAddress("::")?.isWildcard == true)
        #expect(InternetAddress("127.0.0.53")?.isLoopback == true)
        #expect(InternetAddress("::1")?.isLoopback == true)
        #expect(InternetAddress("::2")?.isLoopback == false)
        #expect(InternetAddress("192.0.2.1")?.isLoopback == false)
    }

    @Test("networks", arguments: [("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("::1", "::1/128")])
    func networks(text: String, written: String) {
        #expect(Network(text)?.description == written)
    }

    @Test("wrong networks", arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8"])
    func wrongNetworks(text: String) {
        #expect(Network(text) == nil)
    }
}
