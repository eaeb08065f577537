/// A record on its way from a text form to the store: the handle's bytes and the values in wire encoding, in memory
/// that is used again for the next one.
public struct RecordBuffer: Sendable {
    /// As it stood in the text: UTF-8.
    public internal(set) var handle = ByteWriter(capacity: 256)
    /// One behind the other, without a count in front.
    public internal(set) var values = ByteWriter(capacity: 4_096)
    public internal(set) var valueCount = 0
    public var state = RecordState.active
    /// What is answered in place of the values of a handle that is out of use.
    public var answered = ByteWriter(capacity: 64)

    public init() {}

    public mutating func removeAll() {
        handle.truncate(to: 0)
        values.truncate(to: 0)
        valueCount = 0
        state = .active
        answered.truncate(to: 0)
    }

    /// A copy as a record. Throws only for bytes that no parser here has written.
    public func record() throws(WireError) -> HandleRecord {
        let bytes = values.bytes
        var reader = ByteReader(bytes.rawSpan)
        var list: [HandleValue] = []
        list.reserveCapacity(valueCount)
        while !reader.isAtEnd { list.append(try HandleValue(parsing: &reader)) }
        return HandleRecord(handle: handle.bytes, values: list)
    }

    public mutating func setHandle(_ bytes: RawSpan) {
        handle.truncate(to: 0)
        handle.write(raw: bytes)
    }

    /// Appends one value in wire encoding, which must be exactly one.
    public mutating func append(wire bytes: RawSpan) throws(WireError) {
        var list = ValueListView(bytes)
        guard let value = try list.next() else { throw WireError(.truncated, field: "value", offset: 0) }
        guard value.bytes.byteCount == bytes.byteCount else {
            throw WireError(.trailingBytes, field: "value", offset: value.bytes.byteCount)
        }
        values.write(raw: bytes)
        valueCount += 1
    }

    /// As above, of the values that are answered in place of the handle's own.
    public mutating func appendAnswered(wire bytes: RawSpan) throws(WireError) {
        let end = values.byteCount
        try append(wire: bytes)
        valueCount -= 1
        values.truncate(to: end)
        answered.write(raw: bytes)
    }

    public mutating func append(_ value: HandleValue) {
        value.write(to: &values)
        valueCount += 1
    }
}
