import HandleCrypto
import HandleProtocol

/// Which servers may have a handle, best first (RFC 3651 §3.2.2).
enum SiteChoice {
    /// Of each site the one server that has the handle, with all its addresses. Primary sites come first when the
    /// request is authoritative; otherwise the order of the values stands.
    static func endpoints(_ sites: [Site], for handle: [UInt8], authoritative: Bool) -> [ServerEndpoint] {
        let ordered = authoritative ? sites.filter(\.isPrimary) + sites.filter { !$0.isPrimary } : sites
        return ordered.flatMap { site -> [ServerEndpoint] in
            guard let server = server(of: site, for: handle) else { return [] }
            return addresses(of: server, in: site).compactMap { ServerEndpoint(server, of: site, at: $0) }
        }
    }

    /// The server by the part of the handle that the site's hash option names; nil of none.
    static func server(of site: Site, for handle: [UInt8]) -> SiteServer? {
        guard !site.servers.isEmpty else { return nil }
        let position = ServerSelection.position(
            of: handle, hashOption: site.hashOption, serverCount: site.servers.count)
        return site.servers[position]
    }

    /// The server's address, then those that attributes add: `alt_addr` in a site of one server, else `alt_addr.ID`.
    private static func addresses(of server: SiteServer, in site: Site) -> [SiteAddress] {
        let names = site.servers.count == 1 ? ["alt_addr", "alt_addr.\(server.id)"] : ["alt_addr.\(server.id)"]
        let others = site.attributes.filter { names.contains(String(decoding: $0.name, as: UTF8.self)) }
            .compactMap { SiteAddress(String(decoding: $0.value, as: UTF8.self)) }
        return [server.address] + others
    }
}
