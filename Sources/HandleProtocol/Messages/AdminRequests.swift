// Bodies of the requests that change a handle (RFC 3652 §3.6).

/// A request that names a handle and nothing else: site information, delete, list, home, unhome, terminate a session,
/// next transaction, checkpoint. `/` where there is no handle to name.
public struct HandleRequest: Equatable, Sendable {
    public var handle: [UInt8]
    public var surplus: [UInt8] = []

    public init(handle: [UInt8] = Array("/".utf8)) {
        self.handle = handle
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("handle").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        writer.write(raw: surplus)
    }
}

/// Create a handle, add values, modify values: a handle and values.
public struct ValuesRequest: Equatable, Sendable {
    public var handle: [UInt8]
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

/// Remove values: a handle and the indexes that go.
public struct RemoveValuesRequest: Equatable, Sendable {
    public var handle: [UInt8]
    public var indexes: [UInt32]
    public var surplus: [UInt8] = []

    public init(handle: [UInt8], indexes: [UInt32]) {
        self.handle = handle
        self.indexes = indexes
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("handle").array
        indexes = try reader.readIndexes("index list")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        writer.write(indexes)
        writer.write(raw: surplus)
    }
}
