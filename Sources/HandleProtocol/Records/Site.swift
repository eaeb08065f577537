/// Data of HS_SITE, HS_SITE.6 and HS_SITE.PREFIX values, and the answer to a request for site information: the servers
/// that share the handles of one or more prefixes (RFC 3651 §3.2.2).
public struct Site: Equatable, Sendable {
    public static let formatVersion: UInt16 = 1

    /// 1; kept as it came.
    public var version: UInt16
    /// What the servers speak.
    public var protocolVersion: ProtocolVersion
    /// Raised with every change, so that clients see that their copy is old.
    public var serial: UInt16
    public var flags: Flags
    public var hashOption: HashOption
    /// Unused by everyone, and kept.
    public var hashFilter: [UInt8]
    public var attributes: [Attribute]
    /// In the order that server choice counts in: not sorted by id.
    public var servers: [SiteServer]

    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8
        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Takes writes.
        public static let primary = Flags(rawValue: 0x80)
        /// One of several that take writes.
        public static let multiPrimary = Flags(rawValue: 0x40)
    }

    /// A name and a text: `desc`, `domain`, `path`; `alt_addr` and `alt_addr.N` name further addresses of a server.
    public struct Attribute: Equatable, Sendable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public init(
        version: UInt16 = Site.formatVersion, protocolVersion: ProtocolVersion = .current, serial: UInt16,
        flags: Flags, hashOption: HashOption = .wholeHandle, hashFilter: [UInt8] = [], attributes: [Attribute] = [],
        servers: [SiteServer]
    ) {
        self.version = version
        self.protocolVersion = protocolVersion
        self.serial = serial
        self.flags = flags
        self.hashOption = hashOption
        self.hashFilter = hashFilter
        self.attributes = attributes
        self.servers = servers
    }

    /// The record alone: bytes behind it are an error.
    public init(parsing bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        try self.init(parsing: &reader)
        guard reader.isAtEnd else { throw WireError(.trailingBytes, field: "site record", offset: reader.offset) }
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        version = try reader.readUInt16("site format version")
        let major = try reader.readUInt8("site protocol version")
        protocolVersion = ProtocolVersion(major, try reader.readUInt8("site protocol version"))
        serial = try reader.readUInt16("site serial")
        flags = Flags(rawValue: try reader.readUInt8("site flags"))
        hashOption = HashOption(rawValue: try reader.readUInt8("site hash option"))
        hashFilter = try reader.readBytes("site hash filter").array
        let attributeCount = try reader.readCount("site attributes", minimumByteCount: 8)
        attributes = []
        attributes.reserveCapacity(attributeCount)
        for _ in 0..<attributeCount {
            let name = try reader.readBytes("site attribute name").array
            attributes.append(Attribute(name: name, value: try reader.readBytes("site attribute value").array))
        }
        let serverCount = try reader.readCount("site servers", minimumByteCount: SiteServer.minimumByteCount)
        servers = []
        servers.reserveCapacity(serverCount)
        for _ in 0..<serverCount { servers.append(try SiteServer(parsing: &reader)) }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(version)
        writer.write(protocolVersion.major)
        writer.write(protocolVersion.minor)
        writer.write(serial)
        writer.write(flags.rawValue)
        writer.write(hashOption.rawValue)
        writer.write(hashFilter)
        writer.write(UInt32(truncatingIfNeeded: attributes.count))
        for attribute in attributes {
            writer.write(attribute.name)
            writer.write(attribute.value)
        }
        writer.write(UInt32(truncatingIfNeeded: servers.count))
        for server in servers { server.write(to: &writer) }
    }

    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    public var isPrimary: Bool { flags.contains(.primary) }
}
