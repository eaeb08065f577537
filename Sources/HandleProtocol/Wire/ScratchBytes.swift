// UNSAFE ISLAND (bytes): one owner, one allocation; every store sits behind a check that makes room for it.

/// Bytes that one owner fills again and again: room is made once and kept, so that a record or a key is put together
/// without an allocation. Integers are big-endian.
///
/// For what `ByteWriter` would make an array of each time; spans lent by it end before the next change, which the
/// compiler sees to.
///
/// Sendable: ~Copyable gives the memory one owner, and it is reached through that owner only.
@safe public struct ScratchBytes: ~Copyable, @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    public private(set) var byteCount = 0

    public init(capacity: Int = 256) {
        unsafe memory = .allocate(byteCount: max(capacity, 16), alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    /// Forgets the bytes and keeps the room.
    public mutating func removeAll() { byteCount = 0 }

    /// Keeps the first `count` bytes.
    public mutating func truncate(to count: Int) { byteCount = min(byteCount, max(0, count)) }

    public mutating func write(_ value: UInt8) { append(value) }
    public mutating func write(_ value: UInt16) { append(value.bigEndian) }
    public mutating func write(_ value: UInt32) { append(value.bigEndian) }
    public mutating func write(_ value: UInt64) { append(value.bigEndian) }

    /// The bytes alone, without a length.
    public mutating func write(raw bytes: RawSpan) {
        let count = bytes.byteCount
        guard count > 0 else { return }
        makeRoom(for: count)
        // Safe: there is room for `count` bytes; a span never lies in this memory, since it would borrow it.
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[byteCount..<byteCount &+ count])
                .copyMemory(from: source)
        }
        byteCount &+= count
    }

    /// Writes the bytes of `range` once more; what was not written is left out.
    public mutating func writeAgain(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<byteCount)
        makeRoom(for: range.count)
        // Safe: both lie within the memory, and the target begins behind the source.
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[byteCount..<byteCount &+ range.count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[range]))
        byteCount &+= range.count
    }

    /// Puts `value` over bytes written before; does nothing where they are not.
    public mutating func overwrite(_ value: UInt32, at offset: Int) { replace(value.bigEndian, at: offset) }

    /// Puts `bytes` over bytes written before; does nothing where they are not.
    public mutating func overwrite(raw bytes: RawSpan, at offset: Int) {
        let count = bytes.byteCount
        guard count > 0, offset >= 0, offset <= byteCount &- count else { return }
        // Safe: the guard proves that the target has been written.
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset &+ count])
                .copyMemory(from: source)
        }
    }

    /// ASCII a–z in `range` become A–Z; what was not written stays untouched.
    public mutating func fold(_ range: Range<Int>) {
        for offset in range.clamped(to: 0..<byteCount) {
            // Safe: clamped to what has been written.
            unsafe memory[offset] = HandleCase.fold(memory[offset])
        }
    }

    /// What has been written.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // Safe: the first `byteCount` bytes are initialized, and the span borrows their owner.
            let written = unsafe UnsafeRawBufferPointer(rebasing: memory[0..<byteCount])
            return unsafe _overrideLifetime(written.bytes, borrowing: self)
        }
    }

    private mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        makeRoom(for: MemoryLayout<Value>.size)
        unsafe memory.storeBytes(of: value, toByteOffset: byteCount, as: Value.self)
        byteCount &+= MemoryLayout<Value>.size
    }

    private mutating func replace<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        guard offset >= 0, offset <= byteCount &- MemoryLayout<Value>.size else { return }
        // Safe: the guard proves that the target has been written.
        unsafe memory.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    private mutating func makeRoom(for count: Int) {
        guard unsafe memory.count &- byteCount < count else { return }
        let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, byteCount + count), alignment: 16)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<byteCount]))
        unsafe memory.deallocate()
        unsafe memory = larger
    }
}
