public import HandleProtocol

/// A server as a client sees it: where it answers over UDP and over TCP, and what its site record says of it.
public struct ServerEndpoint: Hashable, Sendable {
    public var datagram: ServerAddress?
    public var stream: ServerAddress?
    /// A key record; nil or empty when it is not known.
    public var publicKey: [UInt8]?
    /// The serial of the site record; 0xFFFF when there was none.
    public var siteSerial: UInt16 = 0xFFFF
    /// What requests are written in: no higher than the site's.
    public var version = ProtocolVersion.current

    /// A server of which only the address is known: UDP and TCP share the port.
    public init(_ address: ServerAddress) {
        datagram = address
        stream = address
    }

    /// A server of a site, at an address of its; nil when no interface there takes queries over UDP or TCP.
    init?(_ server: SiteServer, of site: Site, at address: SiteAddress) {
        for interface in server.interfaces where interface.service.contains(.query) {
            switch interface.transport {
            case .udp: datagram = datagram ?? ServerAddress(address, port: interface.port)
            case .tcp: stream = stream ?? ServerAddress(address, port: interface.port)
            default: break
            }
        }
        guard datagram != nil || stream != nil else { return nil }
        publicKey = server.publicKey
        siteSerial = site.serial
        version = site.protocolVersion.hasFeatures(of2: ProtocolVersion.current.minor) ? .current : site.protocolVersion
    }

    /// Where it is, for people and for telling servers apart.
    var address: ServerAddress? { stream ?? datagram }
}
