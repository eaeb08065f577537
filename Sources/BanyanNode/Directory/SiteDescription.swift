import BanyanTransport
import HandleProtocol

/// The site record of a node that stands alone, from the addresses that clients reach it at.
enum SiteDescription {
    /// One server. TCP stands first, for query and administration, then UDP for query: some clients take the first
    /// interface's protocol for all that follows. Further addresses become attributes, `alt_addr`.
    static func site(advertising endpoints: [Endpoint], publicKey: [UInt8], serial: UInt16 = 1) -> Site {
        let first = endpoints.first
        var interfaces: [ServiceInterface] = []
        for port in endpoints.map(\.port).withoutRepetitions {
            interfaces.append(
                ServiceInterface(service: [.query, .administration], transport: .tcp, port: UInt32(port)))
        }
        for port in endpoints.map(\.port).withoutRepetitions {
            interfaces.append(ServiceInterface(service: .query, transport: .udp, port: UInt32(port)))
        }
        let others = endpoints.map(\.address).withoutRepetitions.dropFirst()
        return Site(
            serial: serial, flags: .primary, hashOption: .wholeHandle,
            attributes: others.map { Site.Attribute(name: Array("alt_addr".utf8), value: Array("\($0)".utf8)) },
            servers: [
                SiteServer(
                    id: 1, address: first?.address.siteAddress ?? SiteAddress(version4: 0), publicKey: publicKey,
                    interfaces: interfaces)
            ])
    }

    /// What clients cannot reach, in words for the operator.
    static func warnings(about endpoints: [Endpoint]) -> [String] {
        endpoints.compactMap { endpoint in
            if endpoint.address.isUnspecified {
                return "the site record says \(endpoint.address), which no client can reach: give --advertise ADDR:PORT"
            }
            if endpoint.address.isLoopback {
                return "the site record says \(endpoint.address), which only this machine reaches: give --advertise"
            }
            return endpoint.port == 0 ? "the site record says port 0: give --advertise ADDR:PORT" : nil
        }
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it stands first.
    var withoutRepetitions: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
