// UNSAFE ISLAND (datagrams): one allocation of each kind, wired once in the initializer and freed with the batch;
// offsets and counts are checked against the slots before a vector points at them.

import CLinux
import Glibc
import HandleProtocol

/// Slots for the answers to one batch of datagrams, and the list of what is to be sent.
///
/// An answer of more than 512 bytes goes out as several datagrams (RFC 3652 §2.3): each has an envelope of its own and
/// a slice of the message, gathered by the kernel, so nothing is copied.
///
/// Safe to use: a slot that is lent for writing borrows the batch.
@safe
struct AnswerBatch: ~Copyable {
    /// Bytes of one answer: four datagrams, less the envelopes that only the kernel sees.
    static let slotByteCount = Envelope.byteCount + Limits.unprovenDatagramCount * Limits.fragmentByteCount
    /// A whole number of cache lines.
    private static let slotStride = (slotByteCount + 63) / 64 * 64
    /// Bytes of the largest answer.
    static let largeByteCount = Envelope.byteCount + Limits.messageByteCount
    /// Datagrams in one call.
    private static let queueCount = 128
    private static let envelopeStride = 32

    private let slots: UnsafeMutableRawPointer
    private let large: UnsafeMutableRawPointer
    private let envelopes: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let datagrams: UnsafeMutablePointer<cl_datagram>
    private var queued = 0

    init() {
        unsafe slots = .allocate(byteCount: DatagramBatch.slotCount * Self.slotStride, alignment: 4_096)
        unsafe large = .allocate(byteCount: Self.largeByteCount, alignment: 64)
        unsafe envelopes = .allocate(byteCount: Self.queueCount * Self.envelopeStride, alignment: 64)
        unsafe vectors = .allocate(capacity: 2 * Self.queueCount)
        unsafe vectors.initialize(repeating: iovec(), count: 2 * Self.queueCount)
        unsafe datagrams = .allocate(capacity: Self.queueCount)
        unsafe datagrams.initialize(repeating: cl_datagram(), count: Self.queueCount)
        for place in 0..<Self.queueCount { unsafe datagrams[place].header.msg_iov = vectors + 2 * place }
    }

    deinit {
        // Nothing in these needs an end of its own.
        unsafe slots.deallocate()
        unsafe large.deallocate()
        unsafe envelopes.deallocate()
        unsafe vectors.deallocate()
        unsafe datagrams.deallocate()
    }

    /// The empty slot for the answer to datagram `slot`.
    @inline(__always)
    @_lifetime(&self)
    mutating func answer(_ slot: Int) -> OutputRawSpan {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: start(of: slot), count: Self.slotByteCount)
        return unsafe _overrideLifetime(OutputRawSpan(buffer: buffer, initializedCount: 0), mutating: &self)
    }

    /// The buffer for one answer that no slot holds. What it held must have been sent.
    @_lifetime(&self)
    mutating func largeAnswer() -> OutputRawSpan {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: large, count: Self.largeByteCount)
        return unsafe _overrideLifetime(OutputRawSpan(buffer: buffer, initializedCount: 0), mutating: &self)
    }

    /// The first bytes of slot `slot` as they were written.
    @inline(__always)
    @_lifetime(borrow self)
    func written(_ slot: Int, byteCount: Int) -> RawSpan {
        let span = unsafe RawSpan(_unsafeStart: start(of: slot), byteCount: min(byteCount, Self.slotByteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Queues the answer of `byteCount` bytes in slot `slot` for the sender of that datagram. Answers how many
    /// datagrams it makes, and how many the kernel refused of those that had to go to make room.
    @inline(__always)
    mutating func queue(
        _ slot: Int, byteCount: Int, isFragment: Bool, of batch: borrowing DatagramBatch,
        through socket: borrowing DatagramSocket
    ) -> SendCount {
        let start = unsafe start(of: slot)
        guard byteCount <= Limits.datagramByteCount else {
            return unsafe queueFragments(
                start, byteCount: min(byteCount, Self.slotByteCount), slot, of: batch, through: socket)
        }
        if isFragment { unsafe mark(start) }
        var sent = SendCount()
        if queued == Self.queueCount { sent = send(through: socket) }
        unsafe vectors[2 * queued] = iovec(iov_base: start, iov_len: max(byteCount, 0))
        unsafe datagrams[queued].header.msg_iovlen = 1
        unsafe batch.direct(&datagrams[queued].header, to: slot)
        queued += 1
        return sent
    }

    /// Sends the answer of `byteCount` bytes in the large buffer, behind what was queued before.
    mutating func sendLarge(
        byteCount: Int, to slot: Int, of batch: borrowing DatagramBatch, through socket: borrowing DatagramSocket
    ) -> SendCount {
        var sent = unsafe queueFragments(
            large, byteCount: min(byteCount, Self.largeByteCount), slot, of: batch, through: socket)
        sent += send(through: socket)
        return sent
    }

    /// Sends what is queued.
    @inline(__always)
    mutating func send(through socket: borrowing DatagramSocket) -> SendCount {
        var count = SendCount()
        var next = 0
        while next < queued {
            let sent = unsafe Int(cl_sendmmsg(socket.descriptor, datagrams + next, UInt32(queued - next), 0))
            if sent == -Int(EINTR) { continue }
            // The kernel refuses the first of what it was given: no route, a filter. The others may still go.
            if sent <= 0 { count.refused += 1 } else { count.sent += sent }
            next += max(sent, 1)
        }
        queued = 0
        return count
    }

    /// Queues a message in pieces: the first with the envelope that lies before it, the others with copies of that
    /// which differ in the sequence number.
    private mutating func queueFragments(
        _ start: UnsafeMutableRawPointer, byteCount: Int, _ slot: Int, of batch: borrowing DatagramBatch,
        through socket: borrowing DatagramSocket
    ) -> SendCount {
        var count = SendCount()
        unsafe mark(start)
        var offset = Envelope.byteCount
        var sequence: UInt32 = 0
        while offset < byteCount {
            if queued == Self.queueCount { count += send(through: socket) }
            let length = min(Limits.fragmentByteCount, byteCount - offset)
            let envelope = unsafe envelopes + queued * Self.envelopeStride
            unsafe envelope.copyMemory(from: start, byteCount: Envelope.byteCount)
            unsafe envelope.storeBytes(of: sequence.bigEndian, toByteOffset: 12, as: UInt32.self)
            unsafe vectors[2 * queued] = iovec(iov_base: envelope, iov_len: Envelope.byteCount)
            unsafe vectors[2 * queued + 1] = iovec(iov_base: start + offset, iov_len: length)
            unsafe datagrams[queued].header.msg_iovlen = 2
            unsafe batch.direct(&datagrams[queued].header, to: slot)
            queued += 1
            offset += length
            sequence += 1
        }
        return count
    }

    /// Sets the flag that this datagram is one of several, or answers one that was.
    @inline(__always)
    private func mark(_ start: UnsafeMutableRawPointer) {
        let flags = unsafe start.load(fromByteOffset: 2, as: UInt8.self)
        unsafe start.storeBytes(of: flags | Envelope.Flags.truncated.rawValue, toByteOffset: 2, as: UInt8.self)
    }

    @inline(__always)
    private func start(of slot: Int) -> UnsafeMutableRawPointer {
        precondition(slot >= 0 && slot < DatagramBatch.slotCount, "a slot of the batch")
        return unsafe slots + slot * Self.slotStride
    }
}

/// Datagrams that the kernel took, and those that it refused.
struct SendCount {
    var sent = 0
    var refused = 0

    static func += (sum: inout SendCount, other: SendCount) {
        sum.sent += other.sent
        sum.refused += other.refused
    }
}
