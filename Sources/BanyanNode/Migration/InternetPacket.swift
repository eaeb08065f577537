import HandleProtocol

/// The head of a packet of IP (RFC 791, RFC 8200), and what it carries.
struct InternetPacket {
    private static let tcp: UInt8 = 6
    private static let udp: UInt8 = 17

    private let source: [UInt8]
    private let destination: [UInt8]
    private var carried: UInt8
    private var content: [UInt8]
    /// Whether it is a piece of a longer packet.
    private(set) var isFragment = false

    init(parsing reader: inout ByteReader) throws(WireError) {
        let first = try reader.readUInt8("version")
        if first >> 4 == 4 {
            _ = try reader.readUInt8("service")
            let length = Int(try reader.readUInt16("length"))
            _ = try reader.readUInt16("identification")
            isFragment = try reader.readUInt16("fragment") & 0x3FFF != 0
            _ = try reader.readUInt8("time to live")
            carried = try reader.readUInt8("protocol")
            _ = try reader.readUInt16("checksum")
            source = try reader.readBytes(count: 4, "source").array
            destination = try reader.readBytes(count: 4, "destination").array
            let headByteCount = Int(first & 15) * 4
            guard headByteCount >= 20, length >= headByteCount else {
                throw WireError(.malformed, field: "length", offset: 0)
            }
            _ = try reader.readBytes(count: headByteCount - 20, "options")
            content = try reader.readBytes(count: length - headByteCount, "content").array
        } else {
            guard first >> 4 == 6 else { throw WireError(.malformed, field: "version", offset: 0) }
            _ = try reader.readBytes(count: 3, "flow")
            let length = Int(try reader.readUInt16("length"))
            carried = try reader.readUInt8("next header")
            _ = try reader.readUInt8("hop limit")
            source = try reader.readBytes(count: 16, "source").array
            destination = try reader.readBytes(count: 16, "destination").array
            content = try reader.readBytes(count: length, "content").array
            try passOverExtensions()
        }
    }

    /// Hop-by-hop options, routing and destination options (RFC 8200 §4); a fragment's head ends the way.
    private mutating func passOverExtensions() throws(WireError) {
        var reader = ByteReader(content.rawSpan)
        var position = 0
        var next = carried
        while [0, 43, 60].contains(next) {
            next = try reader.readUInt8("next header")
            let byteCount = 8 + 8 * Int(try reader.readUInt8("extension length"))
            _ = try reader.readBytes(count: byteCount - 2, "extension")
            position += byteCount
        }
        carried = next
        isFragment = next == 44
        content.removeFirst(position)
    }

    /// The packet of UDP or TCP inside; nil where it is none.
    func transportPacket(at time: UInt64) throws(WireError) -> CapturedPacket? {
        guard carried == Self.udp || carried == Self.tcp else { return nil }
        var reader = ByteReader(content.rawSpan)
        let (sourcePort, destinationPort) = (try reader.readUInt16("port"), try reader.readUInt16("port"))
        var packet = CapturedPacket(
            time: time, source: source, sourcePort: sourcePort, destination: destination,
            destinationPort: destinationPort, transport: .udp, payload: [])
        if carried == Self.udp {
            let length = Int(try reader.readUInt16("length"))
            _ = try reader.readUInt16("checksum")
            guard length >= 8 else { return nil }
            packet.payload = try reader.readBytes(count: length - 8, "payload").array
            return packet
        }
        let sequence = try reader.readUInt32("sequence")
        _ = try reader.readUInt32("acknowledgement")
        let offset = Int(try reader.readUInt8("offset") >> 4) * 4
        let isStart = try reader.readUInt8("flags") & 2 != 0
        guard offset >= 20 else { return nil }
        _ = try reader.readBytes(count: offset - 14, "options")
        packet.transport = .tcp(sequence: isStart ? sequence &+ 1 : sequence, isStart: isStart)
        packet.payload = reader.readRest().array
        return packet
    }
}
