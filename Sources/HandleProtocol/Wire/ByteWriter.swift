// UNSAFE ISLAND (bytes): every store sits under a capacity check.

/// Writes fields to an array of bytes, in order. Integers are big-endian (RFC 3652 §2.1).
///
/// For messages that are made off the hot path; answers are written through `OutputRawSpan` below.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    public var byteCount: Int { bytes.count }

    public mutating func write(_ value: UInt8) { bytes.append(value) }

    public mutating func write(_ value: UInt16) { write(bigEndian: value.bigEndian) }

    public mutating func write(_ value: UInt32) { write(bigEndian: value.bigEndian) }

    public mutating func write(_ value: UInt64) { write(bigEndian: value.bigEndian) }

    /// The integer's bytes as they lie in memory, in one step.
    @inline(__always)
    private mutating func write(bigEndian value: some FixedWidthInteger) {
        // Safe: the buffer is the integer's own bytes, for this call.
        unsafe withUnsafeBytes(of: value) { buffer in unsafe bytes.append(contentsOf: buffer) }
    }

    /// The bytes alone, without a length.
    public mutating func write(raw other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

    /// The bytes alone, without a length.
    public mutating func write(raw span: RawSpan) {
        unsafe span.withUnsafeBytes { buffer in unsafe bytes.append(contentsOf: buffer) }
    }

    /// A length (u32) and the bytes.
    public mutating func write(_ other: [UInt8]) {
        write(UInt32(truncatingIfNeeded: other.count))
        bytes.append(contentsOf: other)
    }

    /// A length (u32) and the text's UTF-8.
    public mutating func write(_ text: String) {
        write(UInt32(truncatingIfNeeded: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Keeps the first `count` bytes, and the room of all.
    public mutating func truncate(to count: Int) {
        if count >= 0, count < bytes.count { bytes.removeSubrange(count...) }
    }

    /// Puts `value` over the four bytes at `offset`, which must have been written before; otherwise does nothing.
    public mutating func overwrite(_ value: UInt32, at offset: Int) {
        guard offset >= 0, offset + 4 <= bytes.count else { return }
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
    }
}

extension Array where Element == UInt8 {
    /// What `body` writes into room of so many bytes: for answers that become an array in the end.
    public init(byteCapacity: Int, writing body: (inout OutputRawSpan) -> Void) {
        unsafe self.init(unsafeUninitializedCapacity: Swift.max(0, byteCapacity)) { buffer, count in
            // Safe: the span covers exactly this buffer, and what it counts as written has been.
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var output = unsafe OutputRawSpan(buffer: bytes, initializedCount: 0)
            body(&output)
            count = unsafe output.finalize(for: bytes)
        }
    }
}

/// How answers are written: into the caller's buffer. Each call stores all or nothing, and says which.
extension OutputRawSpan {
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func write(_ value: UInt8) -> Bool {
        guard freeCapacity >= 1 else { return false }
        append(value)
        return true
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func write(_ value: UInt16) -> Bool {
        guard freeCapacity >= 2 else { return false }
        unsafe append(value.bigEndian, as: UInt16.self)
        return true
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func write(_ value: UInt32) -> Bool {
        guard freeCapacity >= 4 else { return false }
        unsafe append(value.bigEndian, as: UInt32.self)
        return true
    }

    /// The bytes alone, without a length.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func write(raw bytes: RawSpan) -> Bool {
        let count = bytes.byteCount
        guard count <= freeCapacity else { return false }
        guard count > 0 else { return true }
        // Safe: the guard proves that `count` bytes are free behind those written; source and target are different
        // memory, since the span borrows what this buffer does not own.
        unsafe withUnsafeMutableBytes { target, written in
            unsafe bytes.withUnsafeBytes { source in
                if let to = target.baseAddress, let from = source.baseAddress {
                    unsafe (to + written).copyMemory(from: from, byteCount: count)
                    written &+= count
                }
            }
        }
        return true
    }

    /// The text's UTF-8 alone, without a length.
    @_lifetime(self: copy self)
    public mutating func write(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount <= freeCapacity, text.hasPointerRepresentation else { return false }
        // Safe: a literal's bytes stay where they are for the life of the process.
        for index in 0..<text.utf8CodeUnitCount { append(unsafe text.utf8Start[index]) }
        return true
    }

    /// A length (u32) and the bytes.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func write(_ bytes: RawSpan) -> Bool {
        guard 4 &+ bytes.byteCount <= freeCapacity else { return false }
        return write(UInt32(truncatingIfNeeded: bytes.byteCount)) && write(raw: bytes)
    }

    /// Puts `value` over the four bytes at `offset`, which must have been written before; otherwise does nothing.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func overwrite(_ value: UInt32, at offset: Int) {
        guard offset >= 0, offset &+ 4 <= byteCount else { return }
        // Safe: the guard proves that the four bytes have been written.
        unsafe withUnsafeMutableBytes { target, _ in
            unsafe target.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
        }
    }
}
