/// Names: the answer to listing handles, derived prefixes or homed prefixes (RFC 3652 §3.7). More messages follow
/// while the header's flag `continuous` is set.
public struct HandleList: Equatable, Sendable {
    public var handles: [[UInt8]]
    public var surplus: [UInt8] = []

    public init(handles: [[UInt8]]) {
        self.handles = handles
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        handles = try reader.readList("handle list")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(handles)
        writer.write(raw: surplus)
    }
}
