/// Where else to ask (RFC 3652 §3.4), codes 302 and 303: values that describe sites, or a handle that has them.
public struct Referral: Equatable, Sendable {
    /// May be empty when values follow.
    public var handle: [UInt8]
    /// nil where the body stops after the handle.
    public var values: [HandleValue]?
    public var surplus: [UInt8] = []

    public init(handle: [UInt8], values: [HandleValue]? = nil) {
        self.handle = handle
        self.values = values
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("referral handle").array
        values = reader.isAtEnd ? nil : try reader.readValues()
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        if let values { writer.write(values) }
        writer.write(raw: surplus)
    }
}
