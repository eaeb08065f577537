/// The values that a resolution found (RFC 3652 §3.2.2). The handle is spelt as in the request.
public struct QueryAnswer: Equatable, Sendable {
    public var handle: [UInt8]
    /// In the order in which they are stored.
    public var values: [HandleValue]
    public var surplus: [UInt8] = []

    public init(handle: [UInt8], values: [HandleValue]) {
        self.handle = handle
        self.values = values
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("handle").array
        values = try reader.readValues()
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        writer.write(values)
        writer.write(raw: surplus)
    }
}
