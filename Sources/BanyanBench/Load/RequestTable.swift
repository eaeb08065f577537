/// Requests under way, by request id. A request's time is when it *should* have been sent: so an answer that is late
/// because sending was late shows as late, and nothing is left out (no coordinated omission).
///
/// The low bits of an id are its slot, the high ones count the slot's uses: an answer to a request that was given up
/// is told from one to its successor.
struct RequestTable: Sendable {
    /// A request that was sent. Times are nanoseconds.
    struct Request: Sendable, Equatable {
        var scheduled: UInt64
        var sent: UInt64
        /// Position in the key set.
        var key: Int
        /// The channel that it was sent on.
        var channel = 0
    }

    private struct Slot {
        var requestID: UInt32
        /// Nil when free.
        var request: Request?
        /// Message bytes that came so far, of an answer in several datagrams.
        var receivedByteCount = 0
    }

    private var slots: [Slot]
    private var free: [Int32]
    private let slotMask: UInt32
    private let slotStep: UInt32
    /// Requests under way at most.
    let limit: Int

    /// `capacity`: requests under way at most, 1 to 2²⁰.
    init(capacity: Int) {
        limit = min(max(1, capacity), 1 << 20)
        var count = 1
        while count < limit { count <<= 1 }
        slots = (0..<count).map { Slot(requestID: UInt32($0)) }
        free = (0..<limit).reversed().map(Int32.init)
        slotMask = UInt32(count - 1)
        slotStep = UInt32(count)
    }

    var underWay: Int { limit - free.count }
    var hasRoom: Bool { !free.isEmpty }

    /// A request id for a request that is sent; nil when the table is full.
    mutating func open(_ request: Request) -> UInt32? {
        guard let index = free.popLast() else { return nil }
        let slot = Int(index)
        slots[slot].requestID &+= slotStep
        slots[slot].request = request
        slots[slot].receivedByteCount = 0
        return slots[slot].requestID
    }

    /// The request that waits for this id; nil when nobody does.
    func request(_ requestID: UInt32) -> Request? {
        let slot = slots[Int(requestID & slotMask)]
        return slot.requestID == requestID ? slot.request : nil
    }

    /// Adds a datagram's share of an answer: bytes of it that have come by now; 0 when nobody waits for this id.
    mutating func receive(_ requestID: UInt32, byteCount: Int) -> Int {
        guard request(requestID) != nil else { return 0 }
        slots[Int(requestID & slotMask)].receivedByteCount += byteCount
        return slots[Int(requestID & slotMask)].receivedByteCount
    }

    /// Ends a request; it, or nil when nobody waits for this id.
    @discardableResult
    mutating func close(_ requestID: UInt32) -> Request? {
        guard let request = request(requestID) else { return nil }
        let slot = Int(requestID & slotMask)
        slots[slot].request = nil
        free.append(Int32(slot))
        return request
    }

    /// Gives up requests that were sent before `deadline`; they.
    mutating func expire(sentBefore deadline: UInt64) -> [Request] { giveUp { $0.sent < deadline } }

    /// Gives up requests that were sent on a channel that is gone; they.
    mutating func expire(sentOn channel: Int) -> [Request] { giveUp { $0.channel == channel } }

    private mutating func giveUp(where isOver: (Request) -> Bool) -> [Request] {
        var expired: [Request] = []
        for slot in slots.indices {
            guard let request = slots[slot].request, isOver(request) else { continue }
            slots[slot].request = nil
            free.append(Int32(slot))
            expired.append(request)
        }
        return expired
    }
}
