// UNSAFE ISLAND (table): slots and arena are one reservation; offsets are checked when they are written, and an entry
// is used only after its key has been compared.
internal import BanyanIndex
internal import CLinux
internal import HandleProtocol

/// Records in memory, in front of the index: bounded, one a worker, so that nothing in it is shared.
///
/// Sets of four slots of 16 bytes (hash, place) point into a ring of entries. New entries overwrite the oldest; an
/// entry that is used again while it is among the oldest quarter is copied to the front, so that what is asked for
/// often stays. A place is a lap of the ring and an offset in it: whether its entry has been overwritten is seen from
/// the number alone.
///
/// An entry, at a multiple of 16 bytes:
///
/// | size | field |
/// |---|---|
/// | 8 | number of the newest commit that it can know |
/// | 4 | bytes of the record |
/// | 2 | bytes of the key |
/// | 2 | unused |
/// | | key, record |
@safe struct LookupTable: ~Copyable {
    private static let slotByteCount = 16
    private static let waysInSet = 4
    private static let headByteCount = 16
    /// Longer records stay in the index: copying them costs more than finding them.
    private static let entryByteCountMax = 4_096

    /// Whether there is a table at all: nothing else is called on one that is off.
    let isOn: Bool
    private let memory: UnsafeMutableRawPointer
    private let reservedByteCount: Int
    private let setMask: UInt64
    private let ringOffset: Int
    private let ringByteCount: Int
    /// Where the next entry goes: the lap, from 1 on, and the offset in the ring.
    private var lap: UInt64 = 1
    private var head = 0

    /// Reserves `byteCount` bytes, used as they are filled. With fewer than 64 KiB, or none to be had, it is off.
    init(byteCount: Int) {
        // A slot for each 160 bytes of the ring: real records are that long or longer.
        var sets = 1
        while sets * 2 * Self.waysInSet * (Self.slotByteCount + 160) <= byteCount { sets *= 2 }
        let slotByteCount = sets * Self.waysInSet * Self.slotByteCount
        let reserved = byteCount >= 1 << 16 ? unsafe cl_reserve(byteCount) : nil
        isOn = unsafe reserved != nil
        reservedByteCount = isOn ? byteCount : 64
        unsafe memory = reserved ?? .allocate(byteCount: 64, alignment: 64)
        setMask = UInt64(sets - 1)
        ringOffset = slotByteCount
        ringByteCount = max(0, (byteCount - slotByteCount) & ~63)
    }

    deinit {
        if isOn { unsafe cl_release(memory, reservedByteCount) } else { unsafe memory.deallocate() }
    }

    /// Brings the slots of a hash near, before they are looked at.
    @inline(__always)
    func prefetchSlots(of hash: UInt64) {
        unsafe cl_prefetch(memory + setOffset(of: hash))
    }

    /// Brings the entry near that a hash leads to.
    @inline(__always)
    func prefetchEntry(of hash: UInt64) {
        let set = setOffset(of: hash)
        for way in 0..<Self.waysInSet {
            let slot = slot(set, way)
            guard slot.hash == hash, isLive(slot.place) else { continue }
            // Safe: a live place lies in the ring; prefetching beyond an entry's end harms nothing.
            let entry = unsafe memory + entryOffset(slot.place)
            for line in 0..<5 { unsafe cl_prefetch(entry + line &* 64) }
            return
        }
    }

    /// The record of `key`, when an entry holds it that no commit after `changed` can have made old.
    @inline(__always)
    @_lifetime(borrow self)
    func find(_ key: RawSpan, hash: UInt64, changedAt changed: UInt64) -> RawSpan? {
        let set = setOffset(of: hash)
        for way in 0..<Self.waysInSet {
            let slot = slot(set, way)
            guard slot.hash == hash, isLive(slot.place) else { continue }
            let offset = entryOffset(slot.place)
            let entry = unsafe memory + offset
            // Safe: a live entry lies whole inside the ring, which `insert` made sure of.
            let known = unsafe entry.load(as: UInt64.self)
            let recordByteCount = Int(unsafe entry.load(fromByteOffset: 8, as: UInt32.self))
            let keyByteCount = Int(unsafe entry.load(fromByteOffset: 12, as: UInt16.self))
            guard changed <= known, keyByteCount == key.byteCount else { continue }
            let bytes = unsafe UnsafeRawBufferPointer(
                start: entry + Self.headByteCount, count: keyByteCount &+ recordByteCount)
            let whole = unsafe _overrideLifetime(bytes.bytes, borrowing: self)
            guard whole.extracting(first: keyByteCount).hasSameBytes(as: key) else { continue }
            return whole.extracting(droppingFirst: keyByteCount)
        }
        return nil
    }

    /// Keeps a record. `known` is the newest commit that was published before the snapshot was taken that it comes
    /// from.
    mutating func insert(_ key: borrowing IndexKey, hash: UInt64, record: RawSpan, known: UInt64) {
        insert(key.bytes, hash: hash, record: record, known: known)
    }

    mutating func insert(_ key: RawSpan, hash: UInt64, record: RawSpan, known: UInt64) {
        let byteCount = (Self.headByteCount &+ key.byteCount &+ record.byteCount &+ 15) & ~15
        guard byteCount <= Self.entryByteCountMax, let place = makeRoom(byteCount) else { return }
        let entry = unsafe memory + entryOffset(place)
        // Safe: makeRoom proves that `byteCount` bytes from `place` on lie inside the ring.
        unsafe entry.storeBytes(of: known, as: UInt64.self)
        unsafe entry.storeBytes(of: UInt32(record.byteCount), toByteOffset: 8, as: UInt32.self)
        unsafe entry.storeBytes(of: UInt16(key.byteCount), toByteOffset: 12, as: UInt16.self)
        unsafe key.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(start: entry + Self.headByteCount, count: bytes.count)
                .copyMemory(from: bytes)
        }
        unsafe record.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(
                start: entry + Self.headByteCount + key.byteCount, count: bytes.count
            ).copyMemory(from: bytes)
        }
        setSlot(hash, place)
    }

    /// Copies an entry that was just used to the front of the ring, when it is among the oldest quarter.
    @inline(__always)
    mutating func keep(_ hash: UInt64) {
        let set = setOffset(of: hash)
        for way in 0..<Self.waysInSet {
            let slot = slot(set, way)
            guard slot.hash == hash, isLive(slot.place) else { continue }
            if isAmongOldest(slot.place) { moveToFront(hash, slot.place) }
            return
        }
    }

    private mutating func moveToFront(_ hash: UInt64, _ old: UInt64) {
        let source = unsafe memory + entryOffset(old)
        let recordByteCount = Int(unsafe source.load(fromByteOffset: 8, as: UInt32.self))
        let keyByteCount = Int(unsafe source.load(fromByteOffset: 12, as: UInt16.self))
        let byteCount = (Self.headByteCount &+ keyByteCount &+ recordByteCount &+ 15) & ~15
        guard let place = makeRoom(byteCount), isLive(old) else { return }
        // Safe: both lie inside the ring, and the old entry is still whole, so the two do not overlap.
        unsafe UnsafeMutableRawBufferPointer(start: memory + entryOffset(place), count: byteCount)
            .copyMemory(from: UnsafeRawBufferPointer(start: source, count: byteCount))
        setSlot(hash, place)
    }

    /// Whether the ring has been filled once.
    var isFull: Bool { lap > 1 }

    /// Takes the next `byteCount` bytes of the ring; what would run over its end begins the next lap. Nil when the ring
    /// is too small for that.
    private mutating func makeRoom(_ byteCount: Int) -> UInt64? {
        guard byteCount <= ringByteCount / 8 else { return nil }
        if head &+ byteCount > ringByteCount {
            lap &+= 1
            head = 0
        }
        let place = lap &<< 40 | UInt64(truncatingIfNeeded: head)
        head &+= byteCount
        return place
    }

    /// Whether the entry of a place has not been overwritten. Entries in the way of the next one count as gone.
    @inline(__always)
    private func isLive(_ place: UInt64) -> Bool {
        let written = place &>> 40
        return written == lap || written &+ 1 == lap && Self.offset(place) >= head &+ Self.entryByteCountMax
    }

    private func isAmongOldest(_ place: UInt64) -> Bool {
        let ahead = Self.offset(place) &- head
        return (place &>> 40 == lap ? ringByteCount &+ ahead : ahead) < ringByteCount / 4
    }

    @inline(__always)
    private static func offset(_ place: UInt64) -> Int { Int(place & 0xFF_FFFF_FFFF) }

    @inline(__always)
    private func entryOffset(_ place: UInt64) -> Int { ringOffset &+ Self.offset(place) }

    @inline(__always)
    private func setOffset(of hash: UInt64) -> Int {
        Int(hash >> 16 & setMask) &* (Self.waysInSet &* Self.slotByteCount)
    }

    @inline(__always)
    private func slot(_ set: Int, _ way: Int) -> (hash: UInt64, place: UInt64) {
        // Safe: a set lies inside the slots, since its number is masked.
        let slot = unsafe memory + (set &+ way &* Self.slotByteCount)
        return unsafe (slot.load(as: UInt64.self), slot.load(fromByteOffset: 8, as: UInt64.self))
    }

    /// Points the hash to `place`: in its own slot, or in the place of the set's oldest entry.
    private mutating func setSlot(_ hash: UInt64, _ place: UInt64) {
        let set = setOffset(of: hash)
        var chosen = 0
        var oldest = UInt64.max
        for way in 0..<Self.waysInSet {
            let slot = slot(set, way)
            if slot.hash == hash {
                chosen = way
                break
            }
            if slot.place < oldest {
                oldest = slot.place
                chosen = way
            }
        }
        let slot = unsafe memory + (set &+ chosen &* Self.slotByteCount)
        // Safe: as in `slot`.
        unsafe slot.storeBytes(of: hash, as: UInt64.self)
        unsafe slot.storeBytes(of: place, toByteOffset: 8, as: UInt64.self)
    }
}
