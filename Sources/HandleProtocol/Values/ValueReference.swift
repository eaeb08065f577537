/// A value of a handle, named from outside: handle and index (RFC 3651 §3.1). Index 0 stands for any.
public struct ValueReference: Hashable, Sendable {
    public static let minimumByteCount = 8

    public var handle: [UInt8]
    public var index: UInt32

    public init(handle: [UInt8], index: UInt32) {
        self.handle = handle
        self.index = index
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("reference handle").array
        index = try reader.readUInt32("reference index")
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        writer.write(index)
    }
}
