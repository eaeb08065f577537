// UNSAFE ISLAND (bytes): every load sits under a length check, and offsets only grow.

/// Reads fields from bytes that it does not own, in order. Integers are big-endian (RFC 3652 §2.1).
///
/// Nothing is copied: a length-prefixed field comes back as a span over the same bytes. Each read names its field, so
/// that an error says what was missing and where.
public struct ByteReader: ~Escapable {
    let bytes: RawSpan
    /// Bytes read so far, from the start of the span.
    public private(set) var position: Int
    /// What is added to `position` in errors: where the span begins in the message.
    public let base: Int

    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, base: Int = 0) {
        self.bytes = bytes
        self.position = 0
        self.base = base
    }

    /// Bytes not yet read.
    public var remaining: Int { bytes.byteCount &- position }
    public var isAtEnd: Bool { remaining == 0 }
    /// The next byte's offset as errors give it.
    public var offset: Int { base &+ position }

    public mutating func readUInt8(_ field: WireField) throws(WireError) -> UInt8 {
        try UInt8(truncatingIfNeeded: integer(byteCount: 1, field))
    }

    public mutating func readUInt16(_ field: WireField) throws(WireError) -> UInt16 {
        try UInt16(truncatingIfNeeded: integer(byteCount: 2, field))
    }

    public mutating func readUInt32(_ field: WireField) throws(WireError) -> UInt32 {
        try UInt32(truncatingIfNeeded: integer(byteCount: 4, field))
    }

    public mutating func readUInt64(_ field: WireField) throws(WireError) -> UInt64 {
        try integer(byteCount: 8, field)
    }

    /// The next `count` bytes.
    @_lifetime(copy self)
    public mutating func readBytes(count: Int, _ field: WireField) throws(WireError) -> RawSpan {
        guard count >= 0 else { throw WireError(.outOfRange, field: field, offset: offset) }
        guard count <= remaining else { throw WireError(.truncated, field: field, offset: offset) }
        let start = position
        position &+= count
        return bytes.extracting(start..<position)
    }

    /// A length (u32) and that many bytes.
    @_lifetime(copy self)
    public mutating func readBytes(_ field: WireField) throws(WireError) -> RawSpan {
        let at = offset
        let length = try readUInt32(field)
        guard length <= UInt32(Int32.max) else { throw WireError(.outOfRange, field: field, offset: at) }
        return try readBytes(count: Int(length), field)
    }

    /// A count (u32) of elements that take at least `minimumByteCount` bytes each: a count that the bytes left cannot
    /// hold is refused before anything is made for it.
    public mutating func readCount(_ field: WireField, minimumByteCount: Int) throws(WireError) -> Int {
        let at = offset
        let count = try readUInt32(field)
        guard count <= UInt32(Limits.arrayCount) else { throw WireError(.outOfRange, field: field, offset: at) }
        guard Int(count) &* minimumByteCount <= remaining else {
            throw WireError(.outOfRange, field: field, offset: at)
        }
        return Int(count)
    }

    /// All bytes that are left.
    @_lifetime(copy self)
    public mutating func readRest() -> RawSpan {
        let start = position
        position = bytes.byteCount
        return bytes.extracting(start..<position)
    }

    /// A big-endian integer of 1, 2, 4 or 8 bytes.
    @inline(__always)
    private mutating func integer(byteCount count: Int, _ field: WireField) throws(WireError) -> UInt64 {
        guard count <= remaining else { throw WireError(.truncated, field: field, offset: offset) }
        var value: UInt64 = 0
        for index in position..<(position &+ count) {
            // Safe: the guard proves that `count` bytes follow `position`.
            value = value &<< 8 | UInt64(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self))
        }
        position &+= count
        return value
    }
}

extension Array where Element == UInt8 {
    /// The bytes in place.
    @inlinable
    public var rawSpan: RawSpan {
        // Safe: the bytes of an integer are always initialized, and the span borrows the array.
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}

extension ArraySlice where Element == UInt8 {
    /// The bytes in place.
    @inlinable
    public var rawSpan: RawSpan {
        // Safe: as above.
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}

extension RawSpan {
    /// A copy of the bytes.
    public var array: [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// The byte at `offset`; 0 beyond the end, so that no input can trap here.
    @inlinable @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        guard offset >= 0, offset < byteCount else { return 0 }
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The big-endian integer at `offset`; 0 where fewer than four bytes follow. Callers check lengths first: the
    /// guard here only keeps a mistake from reading what is not theirs.
    @inlinable @inline(__always)
    public func bigEndianUInt32(at offset: Int) -> UInt32 {
        guard offset >= 0, offset &+ 4 <= byteCount else { return 0 }
        return unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
    }

    /// As `bigEndianUInt32(at:)`, two bytes.
    @inlinable @inline(__always)
    public func bigEndianUInt16(at offset: Int) -> UInt16 {
        guard offset >= 0, offset &+ 2 <= byteCount else { return 0 }
        return unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self))
    }

    /// As `bigEndianUInt32(at:)`, eight bytes.
    @inlinable @inline(__always)
    public func bigEndianUInt64(at offset: Int) -> UInt64 {
        guard offset >= 0, offset &+ 8 <= byteCount else { return 0 }
        return unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Whether both spans hold the same bytes.
    @inlinable @inline(__always)
    public func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset &+ 8 <= byteCount {
            // Safe: both spans have `byteCount` bytes, and eight follow `offset`.
            let one = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            let two = unsafe other.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            guard one == two else { return false }
            offset &+= 8
        }
        while offset < byteCount {
            guard byte(at: offset) == other.byte(at: offset) else { return false }
            offset &+= 1
        }
        return true
    }
}
