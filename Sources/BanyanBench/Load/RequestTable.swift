/// Requests under way, by request id. A request's time is when it *should* have been sent: so an answer that is late
/// because sending was late shows as late, and nothing is left out (no coordinated omission).
///
/// The low bits of an id are its slot, the high ones count the slot's uses: an answer to a request that was given up
/// is told from one to its successor.
struct RequestTable: Sendable {
    private struct Slot {
        var requestID: UInt32
        /// Nanoseconds; nil when free.
        var scheduled: UInt64?
        var sent: UInt64 = 0
    }

    private var slots: [Slot]
    private var free: [Int32]
    private let slotMask: UInt32
    private let slotStep: UInt32

    /// `capacity`: requests under way at most, up to 2²⁰.
    init(capacity: Int) {
        var count = 1
        while count < min(max(1, capacity), 1 << 20) { count <<= 1 }
        slots = (0..<count).map { Slot(requestID: UInt32($0)) }
        free = (0..<min(max(1, capacity), count)).reversed().map(Int32.init)
        slotMask = UInt32(count - 1)
        slotStep = UInt32(count)
        limit = free.count
    }

    /// Requests under way at most.
    let limit: Int
    var underWay: Int { limit - free.count }
    var hasRoom: Bool { !free.isEmpty }

    /// A request id for a request that is due at `scheduled` and sent at `now`; nil when the table is full.
    mutating func open(scheduled: UInt64, now: UInt64) -> UInt32? {
        guard let index = free.popLast() else { return nil }
        let slot = Int(index)
        slots[slot].requestID &+= slotStep
        slots[slot].scheduled = scheduled
        slots[slot].sent = now
        return slots[slot].requestID
    }

    /// Nanoseconds from the scheduled time to `now`; nil when nobody waits for this id.
    mutating func close(_ requestID: UInt32, now: UInt64) -> UInt64? {
        let slot = Int(requestID & slotMask)
        guard slots[slot].requestID == requestID, let scheduled = slots[slot].scheduled else { return nil }
        slots[slot].scheduled = nil
        free.append(Int32(slot))
        return now > scheduled ? now - scheduled : 0
    }

    /// Takes back a request that could not be sent.
    mutating func cancel(_ requestID: UInt32) { _ = close(requestID, now: 0) }

    /// Gives up requests that were sent before `deadline`; how many.
    mutating func expire(sentBefore deadline: UInt64) -> Int {
        var count = 0
        for slot in slots.indices where slots[slot].scheduled != nil && slots[slot].sent < deadline {
            slots[slot].scheduled = nil
            free.append(Int32(slot))
            count += 1
        }
        return count
    }
}
