public import HandleProtocol

/// What each answer needs to know of the node's own site record (RFC 3651 §3.2.2).
public struct SiteSummary: Equatable, Sendable {
    /// What of a handle chooses its server.
    public enum HashOption: UInt8, Sendable {
        case prefix = 0
        case localName = 1
        case handle = 2
    }

    public var serial: UInt16
    public var isPrimary: Bool
    public var hashOption: HashOption
    public var serverCount: Int
    /// Which server of the site this node is, from 0 on.
    public var serverPosition: Int

    /// Of a node whose site is not set yet.
    static let none = SiteSummary(
        serial: 0xFFFF, isPrimary: false, hashOption: .prefix, serverCount: 0, serverPosition: 0)

    init(serial: UInt16, isPrimary: Bool, hashOption: HashOption, serverCount: Int, serverPosition: Int) {
        self.serial = serial
        self.isPrimary = isPrimary
        self.hashOption = hashOption
        self.serverCount = serverCount
        self.serverPosition = serverPosition
    }

    /// Reads a site record up to its number of servers.
    public init(parsing record: RawSpan, serverPosition: Int) throws(WireError) {
        var reader = ByteReader(record)
        _ = try reader.readBytes(count: 4, "site version")
        serial = try reader.readUInt16("site serial")
        isPrimary = try reader.readUInt8("site flags") & 0x80 != 0
        let option = try reader.readUInt8("site hash option")
        guard let hashOption = HashOption(rawValue: option) else {
            throw WireError(.outOfRange, field: "site hash option", offset: 7)
        }
        self.hashOption = hashOption
        _ = try reader.readBytes("site hash filter")
        for _ in 0..<(try reader.readCount("site attributes", minimumByteCount: 8)) {
            _ = try reader.readBytes("site attribute name")
            _ = try reader.readBytes("site attribute value")
        }
        serverCount = try reader.readCount("site servers", minimumByteCount: 28)
        guard serverPosition >= 0, serverPosition < serverCount else {
            throw WireError(.outOfRange, field: "site servers", offset: reader.offset)
        }
        self.serverPosition = serverPosition
    }
}
