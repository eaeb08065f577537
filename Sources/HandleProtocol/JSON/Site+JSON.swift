/// The JSON form of a site: members as the reference server writes them. Read as well: attributes as an object, and a
/// key as base64 or hex.
extension JSONReader {
    /// The site that the object here stands for. `field` follows what is being read.
    mutating func readSite(field: inout WireField) throws(JSONError) -> Site {
        let outer = field
        var site = Site(serial: 1, flags: [], servers: [])
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case "version":
                field = "site.version"
                site.version = try readNumber(UInt16.self, "a number from 0 to 65535")
            case "protocolVersion":
                field = "site.protocolVersion"
                site.protocolVersion = try readProtocolVersion()
            case "serialNumber":
                field = "site.serialNumber"
                site.serial = try readNumber(UInt16.self, "a number from 0 to 65535")
            case "primarySite":
                field = "site.primarySite"
                try set(.primary, in: &site)
            case "multiPrimary":
                field = "site.multiPrimary"
                try set(.multiPrimary, in: &site)
            case "hashOption":
                field = "site.hashOption"
                site.hashOption = HashOption(rawValue: try readNumber(UInt8.self, "a number from 0 to 255"))
            case "hashFilter":
                field = "site.hashFilter"
                site.hashFilter = contents(try readString())
            case "attributes":
                field = "site.attributes"
                site.attributes = try readAttributes()
            case "servers", "ServerList":
                field = "site.servers"
                try beginArray()
                var isFirstServer = true
                while try nextElement(isFirst: &isFirstServer) { site.servers.append(try readServer(field: &field)) }
            default: throw failure(.unknownMember)
            }
            field = outer
        }
        return site
    }

    private mutating func set(_ flag: Site.Flags, in site: inout Site) throws(JSONError) {
        if try readBoolean() { site.flags.insert(flag) } else { site.flags.remove(flag) }
    }

    public func text(_ string: JSONString) -> String { String(decoding: contents(string), as: UTF8.self) }

    mutating func readNumber<Number: FixedWidthInteger>(
        _ kind: Number.Type, _ wanted: WireField
    ) throws(JSONError) -> Number {
        let start = position
        guard let number = Number(exactly: try readInteger()) else { throw JSONError(.wanted(wanted), offset: start) }
        return number
    }

    private mutating func readProtocolVersion() throws(JSONError) -> ProtocolVersion {
        let start = position
        let words = text(try readString()).split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 2, let major = UInt8(words[0]), let minor = UInt8(words[1]) else {
            throw JSONError(.wanted("a version as text, as in \"2.11\""), offset: start)
        }
        return ProtocolVersion(major, minor)
    }

    private mutating func readAttributes() throws(JSONError) -> [Site.Attribute] {
        var attributes: [Site.Attribute] = []
        var isFirst = true
        if try peek() == .object {
            try beginObject()
            while let name = try nextMemberString(isFirst: &isFirst) {
                attributes.append(Site.Attribute(name: contents(name), value: contents(try readString())))
            }
            return attributes
        }
        try beginArray()
        while try nextElement(isFirst: &isFirst) {
            var attribute = Site.Attribute(name: [], value: [])
            try beginObject()
            var isFirstMember = true
            while let name = try nextMember(isFirst: &isFirstMember) {
                switch name {
                case "name": attribute.name = contents(try readString())
                case "value": attribute.value = contents(try readString())
                default: throw failure(.unknownMember)
                }
            }
            attributes.append(attribute)
        }
        return attributes
    }

    private mutating func readServer(field: inout WireField) throws(JSONError) -> SiteServer {
        var server = SiteServer(id: 1, address: SiteAddress(high: 0, low: 0), publicKey: [], interfaces: [])
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case "serverId", "ServerID":
                field = "site.servers.serverId"
                server.id = try readIndex()
            case "address", "Address":
                field = "site.servers.address"
                let start = position
                guard let address = SiteAddress(text(try readString())) else {
                    throw JSONError(.wanted("an IPv4 or IPv6 address"), offset: start)
                }
                server.address = address
            case "publicKey", "PublicKey":
                field = "site.servers.publicKey"
                server.publicKey = try readServerKey(field: &field)
            case "interfaces", "Interfaces":
                try beginArray()
                var isFirstInterface = true
                while try nextElement(isFirst: &isFirstInterface) {
                    field = "site.servers.interfaces"
                    server.interfaces.append(try readInterface())
                }
            default: throw failure(.unknownMember)
            }
            field = "site.servers"
        }
        return server
    }

    private mutating func readServerKey(field: inout WireField) throws(JSONError) -> [UInt8] {
        var format = DataFormat.key
        var value: Int?
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case "format": format = try readDataFormat()
            case "value":
                value = position
                try skipValue()
            default: throw failure(.unknownMember)
            }
        }
        guard let value else { throw failure(.missingMember) }
        var writer = ByteWriter()
        var reader = self
        reader.position = value
        try reader.writeData(format, to: &writer, field: &field)
        return writer.bytes
    }

    private mutating func readInterface() throws(JSONError) -> ServiceInterface {
        var interface = ServiceInterface(service: [], transport: .tcp, port: 0)
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case "query": if try readBoolean() { interface.service.insert(.query) }
            case "admin": if try readBoolean() { interface.service.insert(.administration) }
            case "protocol": interface.transport = try readTransport()
            case "port", "Port": interface.port = try readNumber(UInt32.self, "a port number")
            default: throw failure(.unknownMember)
            }
        }
        return interface
    }

    private mutating func readTransport() throws(JSONError) -> ServiceInterface.Transport {
        let start = position
        if try peek() == .number {
            return ServiceInterface.Transport(rawValue: try readNumber(UInt8.self, "a number from 0 to 255"))
        }
        let name = text(try readString()).uppercased()
        guard let position = ServiceInterface.Transport.names.firstIndex(of: name) else {
            throw JSONError(.wanted("UDP, TCP, HTTP, HTTPS or a number"), offset: start)
        }
        return ServiceInterface.Transport(rawValue: UInt8(truncatingIfNeeded: position))
    }
}

extension JSONWriter {
    public mutating func write(_ site: Site) {
        beginObject()
        name("version")
        write(site.version)
        name("protocolVersion")
        write("\(site.protocolVersion.major).\(site.protocolVersion.minor)")
        name("serialNumber")
        write(site.serial)
        name("primarySite")
        write(site.isPrimary)
        name("multiPrimary")
        write(site.flags.contains(.multiPrimary))
        if site.hashOption != .wholeHandle {
            name("hashOption")
            write(site.hashOption.rawValue)
        }
        if !site.hashFilter.isEmpty {
            name("hashFilter")
            write(utf8: site.hashFilter.rawSpan)
        }
        name("attributes")
        beginArray()
        for attribute in site.attributes {
            beginObject()
            name("name")
            write(utf8: attribute.name.rawSpan)
            name("value")
            write(utf8: attribute.value.rawSpan)
            endObject()
        }
        endArray()
        name("servers")
        beginArray()
        for server in site.servers { write(server) }
        endArray()
        endObject()
    }

    private mutating func write(_ server: SiteServer) {
        beginObject()
        name("serverId")
        write(server.id)
        name("address")
        write(server.address.description)
        name("publicKey")
        write(key: server.publicKey)
        name("interfaces")
        beginArray()
        for interface in server.interfaces {
            beginObject()
            name("query")
            write(interface.service.contains(.query))
            name("admin")
            write(interface.service.contains(.administration))
            name("protocol")
            if let transport = interface.transport.name {
                write(transport)
            } else {
                write(interface.transport.rawValue)
            }
            name("port")
            write(interface.port)
            endObject()
        }
        endArray()
        endObject()
    }

    /// A key record as an object of format and value: `key` where it reads back as the same bytes, otherwise base64.
    mutating func write(key bytes: [UInt8]) {
        beginObject()
        name("format")
        let start = mark
        write("key")
        name("value")
        if let record = try? PublicKeyRecord(parsing: bytes.rawSpan), write(record) {
            endObject()
            return
        }
        rewind(to: start)
        write("base64")
        name("value")
        write(base64: bytes.rawSpan)
        endObject()
    }
}

extension Site {
    /// Parses the JSON form.
    public init(json: RawSpan) throws(RecordError) {
        var reader = JSONReader(json)
        var field: WireField = "site"
        do throws(JSONError) {
            self = try reader.readSite(field: &field)
            try reader.end()
        } catch {
            throw RecordError(field: field, error)
        }
    }

    /// The JSON form.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }
}
