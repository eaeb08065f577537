/// A record of a stream that holds all that a server has (answer to opcode 1002). Before the first one stands the
/// format, `DumpRecord.format`, as a u32, signed like a record.
public enum DumpRecord: Equatable, Sendable {
    public static let format: UInt32 = 2

    /// Kind 0: the sender's clock (milliseconds since 1970) and its last transaction, when the dump began.
    case thisServer(date: UInt64, lastTransactionID: UInt64)
    /// Kind 1.
    case handle(name: [UInt8], values: [HandleValue])
    /// Kind 2.
    case homedPrefix([UInt8])
    /// Kind 3: when the handle was changed last, and how that ranks against other servers' changes.
    case handleDate(handle: [UInt8], date: UInt64, priority: UInt32)
    /// Kind 4: the same of a homed prefix.
    case prefixDate(handle: [UInt8], date: UInt64, priority: UInt32)
    /// Kind 5: what the sender has of other servers, a table as text.
    case otherServers([UInt8])
    /// Kind 255. No signature follows it.
    case end

    /// Whether a signature follows in a signed stream.
    public var isSigned: Bool { self != .end }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        let offset = reader.offset
        switch try reader.readUInt8("dump record kind") {
        case 0:
            self = .thisServer(
                date: try reader.readUInt64("dump date"),
                lastTransactionID: try reader.readUInt64("dump last transaction"))
        case 1:
            let name = try reader.readBytes("dump handle").array
            self = .handle(name: name, values: try reader.readCountedValues())
        case 2: self = .homedPrefix(try reader.readBytes("dump prefix").array)
        case 3:
            let (handle, date, priority) = try DumpRecord.readDate(&reader)
            self = .handleDate(handle: handle, date: date, priority: priority)
        case 4:
            let (handle, date, priority) = try DumpRecord.readDate(&reader)
            self = .prefixDate(handle: handle, date: date, priority: priority)
        case 5: self = .otherServers(try reader.readBytes("dump other servers").array)
        case 0xFF: self = .end
        default: throw WireError(.malformed, field: "dump record kind", offset: offset)
        }
    }

    private static func readDate(
        _ reader: inout ByteReader
    ) throws(WireError) -> (handle: [UInt8], date: UInt64, priority: UInt32) {
        let handle = try reader.readBytes("dump handle").array
        let date = try reader.readUInt64("dump date")
        return (handle, date, try reader.readUInt32("dump priority"))
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .thisServer(let date, let lastTransactionID):
            writer.write(UInt8(0))
            writer.write(date)
            writer.write(lastTransactionID)
        case .handle(let name, let values):
            writer.write(UInt8(1))
            writer.write(name)
            writer.writeCounted(values)
        case .homedPrefix(let handle):
            writer.write(UInt8(2))
            writer.write(handle)
        case .handleDate(let handle, let date, let priority):
            writer.write(UInt8(3))
            writer.write(handle)
            writer.write(date)
            writer.write(priority)
        case .prefixDate(let handle, let date, let priority):
            writer.write(UInt8(4))
            writer.write(handle)
            writer.write(date)
            writer.write(priority)
        case .otherServers(let table):
            writer.write(UInt8(5))
            writer.write(table)
        case .end:
            writer.write(UInt8(0xFF))
        }
    }
}
