import HandleProtocol
import OpenSSL

/// Which servers may have a handle, best first (RFC 3651 §3.2.2).
enum SiteChoice {
    /// Of each site the one server that has the handle, with all its addresses. Primary sites come first when the
    /// request is authoritative; otherwise the order of the values stands.
    static func endpoints(_ sites: [Site], for handle: [UInt8], authoritative: Bool) -> [Endpoint] {
        let ordered = authoritative ? sites.filter(\.isPrimary) + sites.filter { !$0.isPrimary } : sites
        return ordered.flatMap { site -> [Endpoint] in
            guard let server = server(of: site, for: handle) else { return [] }
            return addresses(of: server, in: site).compactMap { Endpoint(server, of: site, at: $0) }
        }
    }

    /// The server by the MD5 of the part of the handle that the site's hash option names.
    static func server(of site: Site, for handle: [UInt8]) -> SiteServer? {
        guard site.servers.count > 1 else { return site.servers.first }
        let digest = Digest.hash(site.hashOption.part(of: handle), .md5)
        let last = digest.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return site.servers[HashOption.position(lastDigestBytes: last, serverCount: site.servers.count)]
    }

    /// The server's address, then those that attributes add: `alt_addr` in a site of one server, else `alt_addr.ID`.
    private static func addresses(of server: SiteServer, in site: Site) -> [SiteAddress] {
        let names = site.servers.count == 1 ? ["alt_addr", "alt_addr.\(server.id)"] : ["alt_addr.\(server.id)"]
        let others = site.attributes.filter { names.contains(String(decoding: $0.name, as: UTF8.self)) }
            .compactMap { SiteAddress(String(decoding: $0.value, as: UTF8.self)) }
        return [server.address] + others
    }
}
