import BanyanNode
import BanyanTransport
import Testing

@Suite("Addresses to be reached at")
struct EndpointTests {
    @Test("a port may be left out where there is a usual one")
    func defaultPort() {
        #expect(Endpoint("192.0.2.1", defaultPort: 2641)?.description == "192.0.2.1:2641")
        #expect(Endpoint("2001:db8::1", defaultPort: 2641)?.description == "[2001:db8::1]:2641")
        #expect(Endpoint("[2001:db8::1]", defaultPort: 2641)?.description == "[2001:db8::1]:2641")
        #expect(Endpoint("192.0.2.1:7", defaultPort: 2641)?.description == "192.0.2.1:7")
    }

    @Test("what is no address is refused", arguments: ["", "host", "host:1", "192.0.2.1:", "192.0.2.1:65536", "[::1"])
    func refused(text: String) {
        #expect(Endpoint(text, defaultPort: 2641) == nil)
    }
}
