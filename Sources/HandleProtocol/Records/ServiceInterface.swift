/// A way to reach a server: 6 bytes (RFC 3651 §3.2.2).
public struct ServiceInterface: Hashable, Sendable {
    public static let byteCount = 6

    public var service: Service
    public var transport: Transport
    public var port: UInt32

    /// What is served there. None: out of service.
    public struct Service: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8
        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let administration = Service(rawValue: 1)
        public static let query = Service(rawValue: 2)
    }

    /// Open: a protocol that we do not know survives a round trip.
    public struct Transport: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let udp = Transport(rawValue: 0)
        public static let tcp = Transport(rawValue: 1)
        public static let http = Transport(rawValue: 2)
        public static let https = Transport(rawValue: 3)

        static let names = ["UDP", "TCP", "HTTP", "HTTPS"]

        /// UDP, TCP, HTTP or HTTPS; nil for one that has no name.
        public var name: String? { Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : nil }
    }

    public init(service: Service, transport: Transport, port: UInt32) {
        self.service = service
        self.transport = transport
        self.port = port
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        service = Service(rawValue: try reader.readUInt8("interface type"))
        transport = Transport(rawValue: try reader.readUInt8("interface protocol"))
        port = try reader.readUInt32("interface port")
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(service.rawValue)
        writer.write(transport.rawValue)
        writer.write(port)
    }
}
