/// One server of a site (RFC 3651 §3.2.2).
public struct SiteServer: Equatable, Sendable {
    public static let minimumByteCount = 28

    /// Unique in its site, from 1. Server choice goes by position, not by this.
    public var id: UInt32
    public var address: SiteAddress
    /// A key record as in HS_PUBKEY; may be empty.
    public var publicKey: [UInt8]
    public var interfaces: [ServiceInterface]

    public init(id: UInt32, address: SiteAddress, publicKey: [UInt8], interfaces: [ServiceInterface]) {
        self.id = id
        self.address = address
        self.publicKey = publicKey
        self.interfaces = interfaces
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        id = try reader.readUInt32("server id")
        address = SiteAddress(
            high: try reader.readUInt64("server address"), low: try reader.readUInt64("server address"))
        publicKey = try reader.readBytes("server public key").array
        let count = try reader.readCount("server interfaces", minimumByteCount: ServiceInterface.byteCount)
        interfaces = []
        interfaces.reserveCapacity(count)
        for _ in 0..<count { interfaces.append(try ServiceInterface(parsing: &reader)) }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(address.high)
        writer.write(address.low)
        writer.write(publicKey)
        writer.write(UInt32(truncatingIfNeeded: interfaces.count))
        for interface in interfaces { interface.write(to: &writer) }
    }
}
