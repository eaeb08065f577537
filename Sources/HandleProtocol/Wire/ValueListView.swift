/// One value of a handle in wire encoding, read where it lies (RFC 3651 §3.1). Nothing is copied.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | index |
/// | 4 | 4 | timestamp |
/// | 8 | 1 + 4 | time to live: kind, value |
/// | 13 | 1 | permissions |
/// | 14 | 4 + n | type |
/// | | 4 + n | data |
/// | | 4 + … | references: count, each handle (4 + n) and index (4) |
public struct ValueView: ~Escapable {
    /// The whole value.
    public let bytes: RawSpan
    @usableFromInline let typeByteCount: Int
    @usableFromInline let dataByteCount: Int

    @inlinable
    @_lifetime(copy bytes)
    init(bytes: RawSpan, typeByteCount: Int, dataByteCount: Int) {
        self.bytes = bytes
        self.typeByteCount = typeByteCount
        self.dataByteCount = dataByteCount
    }

    @inlinable public var index: UInt32 { bytes.bigEndianUInt32(at: 0) }
    @inlinable public var timestamp: UInt32 { bytes.bigEndianUInt32(at: 4) }
    @inlinable public var permissions: Permission { Permission(rawValue: bytes.byte(at: 13)) }
    @inlinable public var type: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(18..<18 &+ typeByteCount) }
    }
    @inlinable public var data: RawSpan {
        @_lifetime(copy self) get {
            bytes.extracting(22 &+ typeByteCount..<22 &+ typeByteCount &+ dataByteCount)
        }
    }
}

/// Values in wire encoding, one behind the other, without the count in front: what a record holds and what an answer
/// carries. Walked in place; each step checks the lengths of one value.
public struct ValueListView: ~Escapable {
    @usableFromInline let bytes: RawSpan
    @usableFromInline var position: Int

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) {
        self.bytes = bytes
        self.position = 0
    }

    /// The next value; nil behind the last one. Bytes that are no value throw, and the walk is over.
    @inlinable
    @_lifetime(copy self)
    public mutating func next() throws(WireError) -> ValueView? {
        let left = bytes.byteCount &- position
        guard left > 0 else { return nil }
        guard left >= HandleValue.minimumByteCount else {
            throw WireError(.truncated, field: "value", offset: position)
        }
        let start = position
        let type = Int(bytes.bigEndianUInt32(at: start &+ 14))
        guard type <= left &- HandleValue.minimumByteCount else {
            throw WireError(.outOfRange, field: "value type", offset: start &+ 14)
        }
        let data = Int(bytes.bigEndianUInt32(at: start &+ 18 &+ type))
        guard data <= left &- HandleValue.minimumByteCount &- type else {
            throw WireError(.outOfRange, field: "value data", offset: start &+ 18 &+ type)
        }
        var end = start &+ HandleValue.minimumByteCount &+ type &+ data
        let references = Int(bytes.bigEndianUInt32(at: end &- 4))
        if references > 0 { end = try endOfReferences(count: references, from: end) }
        position = end
        return ValueView(bytes: bytes.extracting(start..<end), typeByteCount: type, dataByteCount: data)
    }

    /// Where `count` references that begin at `start` end.
    @usableFromInline
    func endOfReferences(count: Int, from start: Int) throws(WireError) -> Int {
        var end = start
        guard count <= (bytes.byteCount &- end) / ValueReference.minimumByteCount else {
            throw WireError(.outOfRange, field: "value references", offset: end &- 4)
        }
        for _ in 0..<count {
            guard bytes.byteCount &- end >= ValueReference.minimumByteCount else {
                throw WireError(.truncated, field: "value reference", offset: end)
            }
            let handle = Int(bytes.bigEndianUInt32(at: end))
            guard handle <= bytes.byteCount &- end &- ValueReference.minimumByteCount else {
                throw WireError(.outOfRange, field: "reference handle", offset: end)
            }
            end &+= ValueReference.minimumByteCount &+ handle
        }
        return end
    }
}
