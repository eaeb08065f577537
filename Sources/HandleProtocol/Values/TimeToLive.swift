/// How long a value may be kept by others (RFC 3651 §3.1): a kind and a number. Kinds that we do not know are stored
/// and given back unchanged.
public struct TimeToLive: Equatable, Sendable {
    /// 0: `value` is seconds from the answer on. 1: `value` is seconds since 1970.
    public var kind: UInt8
    public var value: UInt32

    public init(kind: UInt8, value: UInt32) {
        self.kind = kind
        self.value = value
    }

    public static func seconds(_ count: UInt32) -> TimeToLive { TimeToLive(kind: 0, value: count) }
    public static func until(_ secondsSince1970: UInt32) -> TimeToLive { TimeToLive(kind: 1, value: secondsSince1970) }
    /// A day, which is what tools write unless told.
    public static let usual = TimeToLive.seconds(86_400)

    public init(parsing reader: inout ByteReader) throws(WireError) {
        kind = try reader.readUInt8("value ttl type")
        value = try reader.readUInt32("value ttl")
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(kind)
        writer.write(value)
    }
}
