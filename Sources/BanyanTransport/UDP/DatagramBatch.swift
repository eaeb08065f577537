// UNSAFE ISLAND (datagrams): one allocation of each kind, wired once in the initializer and freed with the batch; the
// kernel's lengths are checked against the slots before a span is made.

import CLinux
import Glibc
import HandleProtocol

/// Slots for what one call receives, gone through in groups of datagrams.
///
/// Datagrams that one peer sent in a row may come as a train, in one slot: all of one length, the last may be shorter
/// (UDP_GRO). A node that forwards for many asks so.
///
/// Safe to use: what it lends borrows the batch, so it cannot outlive the next `receive`.
@safe
struct DatagramBatch: ~Copyable {
    /// More in one call gain nothing, and their slots no longer fit in the second-level cache.
    private static let slotCount = 64
    /// Datagrams in a group: what is looked up together.
    static let groupCount = 64
    /// The longest train that the kernel makes.
    private static let slotByteCount = 65_536
    /// Slots one after the other begin in other sets of the cache. What no train fills takes no memory.
    private static let slotStride = slotByteCount + 13 * 64
    /// Room for the address that was asked and for the length of a train's datagrams.
    private static let controlByteCount = 64

    /// A datagram: where it lies.
    private struct Place {
        var slot: Int32
        var offset: Int32
        var byteCount: Int32
    }

    private let bytes: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let peers: UnsafeMutablePointer<sockaddr_in6>
    private let vectors: UnsafeMutablePointer<iovec>
    private let datagrams: UnsafeMutablePointer<cl_datagram>
    private let places: UnsafeMutablePointer<Place>
    private let tellsAddress: Bool
    /// Slots that the last call filled, and how far these have been gone through.
    private var filled = 0
    private var nextSlot = 0
    private var nextOffset = 0
    /// Datagrams in the group.
    private(set) var count = 0

    init(tellsAddress: Bool) {
        self.tellsAddress = tellsAddress
        unsafe bytes = .allocate(byteCount: Self.slotCount * Self.slotStride, alignment: 4_096)
        unsafe controls = .allocate(byteCount: Self.slotCount * Self.controlByteCount, alignment: 16)
        unsafe peers = .allocate(capacity: Self.slotCount)
        unsafe vectors = .allocate(capacity: Self.slotCount)
        unsafe datagrams = .allocate(capacity: Self.slotCount)
        unsafe places = .allocate(capacity: Self.groupCount)
        unsafe peers.initialize(repeating: sockaddr_in6(), count: Self.slotCount)
        for slot in 0..<Self.slotCount {
            unsafe (vectors + slot).initialize(
                to: iovec(iov_base: bytes + slot * Self.slotStride, iov_len: Self.slotByteCount))
            var header = unsafe msghdr()
            unsafe header.msg_name = UnsafeMutableRawPointer(peers + slot)
            unsafe header.msg_iov = vectors + slot
            unsafe header.msg_iovlen = 1
            unsafe header.msg_control = controls + slot * Self.controlByteCount
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
        unsafe places.deallocate()
    }

    /// Waits for a datagram and takes with it what has come behind it: the number of slots that were filled, 0 when a
    /// signal woke us. There is no group before the first `nextGroup`.
    mutating func receive(from socket: borrowing DatagramSocket, waiting: Bool = true) -> Int {
        for slot in 0..<filled { prepare(slot) }
        let received = unsafe cl_recvmmsg(
            socket.descriptor, datagrams, UInt32(Self.slotCount),
            Int32(waiting ? MSG_WAITFORONE : MSG_DONTWAIT))
        filled = max(0, Int(received))
        nextSlot = 0
        nextOffset = 0
        count = 0
        return filled
    }

    /// The kernel overwrites these lengths with what it used.
    @inline(__always)
    private func prepare(_ slot: Int) {
        unsafe datagrams[slot].header.msg_namelen = RawAddress.byteCount
        unsafe datagrams[slot].header.msg_controllen = Self.controlByteCount
    }

    /// Goes on to the next datagrams of what was received; false when there are none.
    mutating func nextGroup() -> Bool {
        count = 0
        while nextSlot < filled, count < Self.groupCount {
            let byteCount = min(Int(unsafe datagrams[nextSlot].byte_count), Self.slotByteCount)
            let piece = unsafe cl_train_piece(&datagrams[nextSlot].header)
            repeat {
                let length = piece > 0 ? min(piece, byteCount - nextOffset) : byteCount
                unsafe (places + count).initialize(
                    to: Place(
                        slot: Int32(truncatingIfNeeded: nextSlot), offset: Int32(truncatingIfNeeded: nextOffset),
                        byteCount: Int32(truncatingIfNeeded: length)))
                count += 1
                nextOffset += length
            } while nextOffset < byteCount && count < Self.groupCount
            if nextOffset >= byteCount {
                nextSlot += 1
                nextOffset = 0
            }
        }
        return count > 0
    }

    /// The bytes of datagram `place` of the group, which must be below `count`.
    @inline(__always)
    @_lifetime(borrow self)
    func request(_ place: Int) -> RawSpan {
        let place = self[place]
        let start = unsafe UnsafeRawPointer(bytes + Int(place.slot) * Self.slotStride + Int(place.offset))
        // Safe: `nextGroup` made places inside their slots, and these live as long as the batch.
        let span = unsafe RawSpan(_unsafeStart: start, byteCount: Int(place.byteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Whether the datagram has more bytes than are read.
    @inline(__always)
    func isOversized(_ place: Int) -> Bool {
        self[place].byteCount > Int32(Limits.receivedDatagramByteCount)
    }

    /// Who sent datagram `place`.
    @inline(__always)
    func address(_ place: Int) -> IPAddress {
        unsafe RawAddress(raw: peers[slot(of: place)]).address
    }

    /// Who sent datagram `place`, and which of our addresses he asked: what answers from another thread need.
    func peer(_ place: Int) -> DatagramPeer {
        let slot = slot(of: place)
        var control = [UInt8](repeating: 0, count: Self.controlByteCount)
        let byteCount = unsafe control.withUnsafeMutableBytes { unsafe writeSource(slot, to: $0.baseAddress) }
        control.removeLast(control.count - byteCount)
        return unsafe DatagramPeer(address: RawAddress(raw: peers[slot]), control: control)
    }

    /// The slot in which datagram `place` came.
    @inline(__always)
    func slot(of place: Int) -> Int { Int(self[place].slot) }

    /// Addresses `answer` to the sender of datagram `place`, with the control message for that in `control`, which has
    /// room for 40 bytes. The pointers are good until the next `receive`.
    @inline(__always)
    func direct(_ answer: inout msghdr, to place: Int, control: UnsafeMutableRawPointer) {
        let slot = slot(of: place)
        unsafe answer.msg_name = datagrams[slot].header.msg_name
        unsafe answer.msg_namelen = datagrams[slot].header.msg_namelen
        unsafe answer.msg_control = control
        unsafe answer.msg_controllen = writeSource(slot, to: control)
    }

    /// Whether datagram `place` and what came in `slot` are from one peer, to one address of ours.
    @inline(__always)
    func isSamePeer(_ place: Int, as slot: Int) -> Bool {
        let own = self.slot(of: place)
        if own == slot { return true }
        let (here, there) = unsafe (datagrams[own].header, datagrams[slot].header)
        // Safe: both structures have the bytes that the kernel counted, at most their size.
        return unsafe here.msg_namelen == there.msg_namelen && here.msg_controllen == there.msg_controllen
            && memcmp(here.msg_name, there.msg_name, Int(here.msg_namelen)) == 0
            && memcmp(here.msg_control, there.msg_control, here.msg_controllen) == 0
    }

    @inline(__always)
    private func writeSource(_ slot: Int, to control: UnsafeMutableRawPointer?) -> Int {
        // Safe: the messages that the kernel wrote into a slot's control bytes fit there, and so does one of them.
        tellsAddress ? unsafe cl_write_source(&datagrams[slot].header, control) : 0
    }

    @inline(__always)
    private subscript(_ place: Int) -> Place {
        precondition(place >= 0 && place < count, "a datagram of the group")
        return unsafe places[place]
    }
}

/// Where an answer goes, kept beyond its batch.
struct DatagramPeer: Sendable {
    var address: RawAddress
    /// The control message that makes the answer come from the address that was asked; empty when there is one only.
    var control: [UInt8]
}
