/// One value of a handle (RFC 3651 §3.1). On the wire the fields stand in this order, which is not the RFC's.
public struct HandleValue: Equatable, Sendable {
    /// Bytes of a value whose type, data and references are empty.
    public static let minimumByteCount = 26

    /// Greater than 0 as a signed number in what is written; kept as it came.
    public var index: UInt32
    /// Seconds since 1970, set by the server on every write.
    public var timestamp: UInt32
    public var timeToLive: TimeToLive
    public var permissions: Permission
    /// UTF-8.
    public var type: [UInt8]
    public var data: [UInt8]
    public var references: [ValueReference]

    public init(
        index: UInt32, timestamp: UInt32 = 0, timeToLive: TimeToLive = .usual, permissions: Permission = .usual,
        type: [UInt8], data: [UInt8], references: [ValueReference] = []
    ) {
        self.index = index
        self.timestamp = timestamp
        self.timeToLive = timeToLive
        self.permissions = permissions
        self.type = type
        self.data = data
        self.references = references
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        index = try reader.readUInt32("value index")
        timestamp = try reader.readUInt32("value timestamp")
        timeToLive = try TimeToLive(parsing: &reader)
        permissions = Permission(rawValue: try reader.readUInt8("value permissions"))
        type = try reader.readBytes("value type").array
        data = try reader.readBytes("value data").array
        let count = try reader.readCount("value references", minimumByteCount: ValueReference.minimumByteCount)
        references = []
        references.reserveCapacity(count)
        for _ in 0..<count { references.append(try ValueReference(parsing: &reader)) }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(index)
        writer.write(timestamp)
        timeToLive.write(to: &writer)
        writer.write(permissions.rawValue)
        writer.write(type)
        writer.write(data)
        writer.write(UInt32(truncatingIfNeeded: references.count))
        for reference in references { reference.write(to: &writer) }
    }
}
