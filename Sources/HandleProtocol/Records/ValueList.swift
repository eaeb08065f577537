/// Data of an HS_VLIST value: a group, named by references to its members (RFC 3651 §3.2.5).
public struct ValueList: Equatable, Sendable {
    public var references: [ValueReference]

    public init(references: [ValueReference]) { self.references = references }

    public init(parsing bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        let count = try reader.readCount("value list", minimumByteCount: ValueReference.minimumByteCount)
        references = []
        references.reserveCapacity(count)
        for _ in 0..<count { references.append(try ValueReference(parsing: &reader)) }
        guard reader.isAtEnd else { throw WireError(.trailingBytes, field: "value list", offset: reader.offset) }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(UInt32(truncatingIfNeeded: references.count))
        for reference in references { reference.write(to: &writer) }
    }
}
