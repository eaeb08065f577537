import BanyanTransport
import Testing

@Suite("Addresses as people write them (RFC 4291 §2.2)")
struct EndpointTests {
    @Test(
        "what is read is written again",
        arguments: ["127.0.0.1:2641", "0.0.0.0:0", "[::1]:2641", "[::]:65535", "[2001:db8::1]:1"])
    func roundTrip(text: String) throws {
        #expect(try #require(Endpoint(text)).description == text)
    }

    @Test(
        "what is no address and port is refused",
        arguments: [
            "", "127.0.0.1", "127.0.0.1:", ":2641", "127.0.0.1:65536", "127.0.0:1", "::1:2641", "[::1]", "[1.2.3.4]:5",
        ])
    func refused(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test("a network has the addresses that share its bits, and no others")
    func network() throws {
        let network = try #require(Network("192.0.2.0/25"))
        #expect(network.contains(try #require(IPAddress("192.0.2.127"))))
        #expect(!network.contains(try #require(IPAddress("192.0.2.128"))))
        #expect(!network.contains(try #require(IPAddress("::192"))))
        let wide = try #require(Network("2001:db8::/33"))
        #expect(wide.contains(try #require(IPAddress("2001:db8:7fff::1"))))
        #expect(!wide.contains(try #require(IPAddress("2001:db8:8000::1"))))
        #expect(try #require(Network("::/0")).contains(try #require(IPAddress("ffff::1"))))
        #expect(!(try #require(Network("::/0")).contains(try #require(IPAddress("10.0.0.1")))))
        #expect(try #require(Network("10.1.2.3")).bitCount == 32)
    }

    @Test(
        "a network with bits behind its length, or a length that cannot be, is refused",
        arguments: ["192.0.2.1/24", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "/8"])
    func refusedNetwork(text: String) {
        #expect(Network(text) == nil)
    }

    @Test("loopback is every address of 127/8, and ::1")
    func loopback() throws {
        let addresses = try ["127.0.0.1", "127.255.0.3", "::1"].map { try #require(IPAddress($0)) }
        for address in addresses { #expect(Network.loopback.contains { $0.contains(address) }) }
        #expect(!Network.loopback.contains { $0.contains(IPAddress(v4: 0x8000_0001)) })
    }
}
