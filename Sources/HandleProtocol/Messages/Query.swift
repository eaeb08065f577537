/// What a resolution asks for (RFC 3652 §3.2.1): a handle and which of its values. The index list and the type list
/// are united; both empty means every value.
public struct Query: Equatable, Sendable {
    public var handle: [UInt8]
    public var indexes: [UInt32]
    public var types: [[UInt8]]
    /// One more string, which one client always sends, normally empty; nil in all others.
    public var authorisation: [UInt8]?
    public var surplus: [UInt8] = []

    public init(
        handle: [UInt8], indexes: [UInt32] = [], types: [[UInt8]] = [], authorisation: [UInt8]? = nil
    ) {
        self.handle = handle
        self.indexes = indexes
        self.types = types
        self.authorisation = authorisation
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handle = try reader.readBytes("handle").array
        indexes = try reader.readIndexes("index list")
        types = try reader.readList("type list")
        var ahead = reader
        if let text = try? ahead.readBytes("authorisation"), ahead.isAtEnd {
            authorisation = text.array
            reader = ahead
        } else {
            surplus = reader.readRest().array
        }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handle)
        writer.write(indexes)
        writer.write(types)
        if let authorisation { writer.write(authorisation) }
        writer.write(raw: surplus)
    }
}
