// UNSAFE ISLAND (datagrams): one allocation of each kind, wired once in the initializer and freed with the batch; the
// kernel's lengths are checked against the slots before a span is made.

import CLinux
import Glibc
import HandleProtocol

/// Slots for the datagrams that one call receives.
///
/// Safe to use: what it lends borrows the batch, so it cannot outlive the next `receive`.
@safe
struct DatagramBatch: ~Copyable {
    /// More in one call gain nothing, and their slots no longer fit in the second-level cache.
    static let slotCount = 64
    private static let slotByteCount = Limits.receivedDatagramByteCount
    /// Room for the address that was asked.
    private static let controlByteCount = 64

    private let bytes: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let peers: UnsafeMutablePointer<sockaddr_in6>
    private let vectors: UnsafeMutablePointer<iovec>
    private let datagrams: UnsafeMutablePointer<cl_datagram>
    private let tellsAddress: Bool
    /// Datagrams that the last call received.
    private(set) var count = 0

    init(tellsAddress: Bool) {
        self.tellsAddress = tellsAddress
        unsafe bytes = .allocate(byteCount: Self.slotCount * Self.slotByteCount, alignment: 4_096)
        unsafe controls = .allocate(byteCount: Self.slotCount * Self.controlByteCount, alignment: 16)
        unsafe peers = .allocate(capacity: Self.slotCount)
        unsafe vectors = .allocate(capacity: Self.slotCount)
        unsafe datagrams = .allocate(capacity: Self.slotCount)
        unsafe peers.initialize(repeating: sockaddr_in6(), count: Self.slotCount)
        for slot in 0..<Self.slotCount {
            unsafe (vectors + slot).initialize(
                to: iovec(iov_base: bytes + slot * Self.slotByteCount, iov_len: Self.slotByteCount))
            var header = unsafe msghdr()
            unsafe header.msg_name = UnsafeMutableRawPointer(peers + slot)
            unsafe header.msg_iov = vectors + slot
            unsafe header.msg_iovlen = 1
            if tellsAddress { unsafe header.msg_control = controls + slot * Self.controlByteCount }
            unsafe (datagrams + slot).initialize(to: cl_datagram(header: header, byte_count: 0))
            prepare(slot)
        }
    }

    deinit {
        // Nothing in these needs an end of its own.
        unsafe bytes.deallocate()
        unsafe controls.deallocate()
        unsafe peers.deallocate()
        unsafe vectors.deallocate()
        unsafe datagrams.deallocate()
    }

    /// Waits for a datagram and takes with it what has come behind it. `count` is 0 when a signal woke us.
    mutating func receive(from socket: borrowing DatagramSocket, waiting: Bool = true) {
        for slot in 0..<count { prepare(slot) }
        let received = unsafe cl_recvmmsg(
            socket.descriptor, datagrams, UInt32(Self.slotCount),
            Int32(waiting ? MSG_WAITFORONE : MSG_DONTWAIT))
        count = max(0, Int(received))
    }

    /// The kernel overwrites these lengths with what it used.
    @inline(__always)
    private func prepare(_ slot: Int) {
        unsafe datagrams[slot].header.msg_namelen = DatagramAddress.byteCount
        unsafe datagrams[slot].header.msg_controllen = tellsAddress ? Self.controlByteCount : 0
    }

    /// The bytes of datagram `slot`, which must be below `count`.
    @inline(__always)
    @_lifetime(borrow self)
    func request(_ slot: Int) -> RawSpan {
        let byteCount = min(Int(unsafe datagrams[checked(slot)].byte_count), Self.slotByteCount)
        let start = unsafe UnsafeRawPointer(bytes + slot * Self.slotByteCount)
        // Safe: slot and length are inside the allocation, which lives as long as the batch.
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: byteCount), borrowing: self)
    }

    /// Whether the datagram had more bytes than are read.
    @inline(__always)
    func isOversized(_ slot: Int) -> Bool {
        unsafe datagrams[checked(slot)].header.msg_flags & Int32(MSG_TRUNC) != 0
    }

    /// Who sent datagram `slot`.
    @inline(__always)
    func address(_ slot: Int) -> IPAddress {
        unsafe DatagramAddress(raw: peers[checked(slot)]).address
    }

    /// Who sent datagram `slot`, and which of our addresses he asked: what answers from another thread need.
    func peer(_ slot: Int) -> DatagramPeer {
        var control: [UInt8] = []
        if tellsAddress {
            let byteCount = min(unsafe cl_answer_control(&datagrams[checked(slot)].header), Self.controlByteCount)
            control = unsafe [UInt8](
                UnsafeRawBufferPointer(start: controls + slot * Self.controlByteCount, count: byteCount))
        }
        return unsafe DatagramPeer(address: DatagramAddress(raw: peers[checked(slot)]), control: control)
    }

    /// Addresses `answer` to the sender of datagram `slot`. The pointers are good until the next `receive`.
    @inline(__always)
    func direct(_ answer: inout msghdr, to slot: Int) {
        let received = unsafe datagrams + checked(slot)
        unsafe answer.msg_name = received.pointee.header.msg_name
        unsafe answer.msg_namelen = received.pointee.header.msg_namelen
        if tellsAddress {
            unsafe answer.msg_control = received.pointee.header.msg_control
            unsafe answer.msg_controllen = cl_answer_control(&received.pointee.header)
        }
    }

    @inline(__always)
    private func checked(_ slot: Int) -> Int {
        precondition(slot >= 0 && slot < count, "a slot that holds a datagram")
        return slot
    }
}

/// Where an answer goes, kept beyond its batch.
struct DatagramPeer: Sendable {
    var address: DatagramAddress
    /// The control message that makes the answer come from the address that was asked; empty when there is one only.
    var control: [UInt8]
}
