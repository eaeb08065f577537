import BanyanTestSupport
import HandleProtocol
import Testing

@testable import HandleClient

@Suite("Which server of which site (RFC 3651 §3.2.2)")
struct SiteChoiceTests {
    @Test("the server is the one that the reference library chooses", arguments: 1...7)
    func hash(count: Int) throws {
        let vectors = try Vectors.load("encodings").filter { ($0.name).hasPrefix("hash-") }
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let fields = vector.fields
            guard case .string(let handle) = fields["handle"], case .integer(let option) = fields["hashOption"],
                case .array(let choices) = fields["serverFor_n_1_to_7"],
                case .integer(let expected) = choices[count - 1]
            else {
                Issue.record("\(vector.name) has other members")
                continue
            }
            let site = ReferralWalkTests.site(
                (0..<count).map { UInt32($0 + 1) }, hashOption: HashOption(rawValue: UInt8(option)))
            let server = SiteChoice.server(of: site, for: Array(handle.utf8))
            #expect(server?.id == UInt32(expected + 1), "\(handle) by option \(option)")
        }
    }

    @Test("primary sites come first only when the request is authoritative")
    func primaries() {
        let sites = [ReferralWalkTests.site([1], primary: false), ReferralWalkTests.site([2])]
        func ports(authoritative: Bool) -> [Int?] {
            SiteChoice.endpoints(sites, for: [], authoritative: authoritative).map { $0.stream?.port }
        }
        #expect(ports(authoritative: false) == [1, 2])
        #expect(ports(authoritative: true) == [2, 1])
    }

    @Test("only interfaces that take queries count, each transport with its own port")
    func interfaces() {
        var site = ReferralWalkTests.site([5])
        site.servers[0].interfaces = [
            ServiceInterface(service: .administration, transport: .tcp, port: 1),
            ServiceInterface(service: .query, transport: .http, port: 2),
            ServiceInterface(service: .query, transport: .udp, port: 3),
            ServiceInterface(service: .query, transport: .tcp, port: 4),
        ]
        let endpoint = SiteChoice.endpoints([site], for: [], authoritative: false).first
        #expect(endpoint?.datagram?.port == 3)
        #expect(endpoint?.stream?.port == 4)
        site.servers[0].interfaces.removeLast(2)
        #expect(SiteChoice.endpoints([site], for: [], authoritative: false).isEmpty)
    }

    @Test("further addresses of a server follow its own")
    func furtherAddresses() {
        var site = ReferralWalkTests.site([5])
        site.attributes = [
            Site.Attribute(name: Array("desc".utf8), value: Array("127.0.0.9".utf8)),
            Site.Attribute(name: Array("alt_addr".utf8), value: Array("::1".utf8)),
            Site.Attribute(name: Array("alt_addr.1".utf8), value: Array("127.0.0.2".utf8)),
            Site.Attribute(name: Array("alt_addr.2".utf8), value: Array("127.0.0.3".utf8)),
        ]
        let hosts = SiteChoice.endpoints([site], for: [], authoritative: false).map { $0.datagram?.host }
        #expect(hosts == ["127.0.0.1", "::1", "127.0.0.2"])
    }

    @Test("requests are written in no higher version than the site speaks")
    func version() {
        var site = ReferralWalkTests.site([5])
        site.protocolVersion = ProtocolVersion(2, 5)
        #expect(SiteChoice.endpoints([site], for: [], authoritative: false).first?.version == ProtocolVersion(2, 5))
        site.protocolVersion = ProtocolVersion(3, 0)
        #expect(SiteChoice.endpoints([site], for: [], authoritative: false).first?.version == .current)
    }
}
