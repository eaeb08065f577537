// UNSAFE ISLAND (datagrams): one allocation of each kind, wired once in the initializer and freed with the batch;
// offsets and counts are checked against the room before a vector points at it.

import CLinux
import Glibc
import HandleProtocol

/// Room for answers, and the list of what is to be sent.
///
/// Answers are written one behind the other. Those to one peer that follow each other and have one length leave as a
/// train, which the kernel cuts into datagrams (UDP_SEGMENT): its way through the network stack is paid once.
///
/// An answer of more than 512 bytes goes out as several datagrams (RFC 3652 §2.3): each has an envelope of its own and
/// a slice of the message, gathered by the kernel, so nothing is copied.
///
/// Safe to use: what is lent for writing borrows the batch.
@safe
struct AnswerBatch: ~Copyable {
    /// Bytes of one answer: four datagrams, less the envelopes that only the kernel sees.
    static let answerByteCount = Envelope.byteCount + Limits.unprovenDatagramCount * Limits.fragmentByteCount
    /// Bytes of the largest answer.
    static let largeByteCount = Envelope.byteCount + Limits.messageByteCount
    /// A thousand usual answers: what stays in the second-level cache.
    private static let roomByteCount = 262_144
    /// Entries of the list, in one call: datagrams or trains.
    private static let queueCount = 128
    private static let vectorCount = 1_024
    private static let envelopeStride = 32
    private static let controlStride = 64
    /// Datagrams in a train: as many as every kernel takes.
    private static let trainCount = 64

    /// What the kernel makes of an entry.
    private struct Train {
        /// Bytes of each datagram but the last.
        var piece = 0
        var count = 0
        /// Its last datagram is shorter, so none may follow.
        var isComplete = false
        /// The slot of the one that asked first.
        var slot = 0
        /// Control bytes that make it leave from the address that was asked.
        var sourceByteCount = 0
    }

    private let room: UnsafeMutableRawPointer
    private let large: UnsafeMutableRawPointer
    private let envelopes: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let datagrams: UnsafeMutablePointer<cl_datagram>
    private let trains: UnsafeMutablePointer<Train>
    /// Taken by answers that are queued; the next one begins behind.
    private var used = 0
    private var queued = 0
    private var vectorsUsed = 0
    private var sendsTrains: Bool

    init(sendsTrains: Bool) {
        self.sendsTrains = sendsTrains
        unsafe room = .allocate(byteCount: Self.roomByteCount, alignment: 4_096)
        unsafe large = .allocate(byteCount: Self.largeByteCount, alignment: 64)
        unsafe envelopes = .allocate(byteCount: Self.vectorCount * Self.envelopeStride, alignment: 64)
        unsafe controls = .allocate(byteCount: Self.queueCount * Self.controlStride, alignment: 64)
        unsafe vectors = .allocate(capacity: Self.vectorCount)
        unsafe vectors.initialize(repeating: iovec(), count: Self.vectorCount)
        unsafe datagrams = .allocate(capacity: Self.queueCount)
        unsafe datagrams.initialize(repeating: cl_datagram(), count: Self.queueCount)
        unsafe trains = .allocate(capacity: Self.queueCount)
        unsafe trains.initialize(repeating: Train(), count: Self.queueCount)
    }

    deinit {
        // Nothing in these needs an end of its own.
        unsafe room.deallocate()
        unsafe large.deallocate()
        unsafe envelopes.deallocate()
        unsafe controls.deallocate()
        unsafe vectors.deallocate()
        unsafe datagrams.deallocate()
        unsafe trains.deallocate()
    }

    /// Where the next answer is written; it is kept when it is queued.
    @inline(__always)
    @_lifetime(&self)
    mutating func answer() -> OutputRawSpan {
        // Safe: `makeRoom` sees to it that an answer fits behind what is used.
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: room + used, count: Self.answerByteCount)
        return unsafe _overrideLifetime(OutputRawSpan(buffer: buffer, initializedCount: 0), mutating: &self)
    }

    /// The buffer for one answer that finds no room. What it held must have been sent.
    @_lifetime(&self)
    mutating func largeAnswer() -> OutputRawSpan {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: large, count: Self.largeByteCount)
        return unsafe _overrideLifetime(OutputRawSpan(buffer: buffer, initializedCount: 0), mutating: &self)
    }

    /// The first bytes of the answer that was written last and is not queued.
    @inline(__always)
    @_lifetime(borrow self)
    func written(byteCount: Int) -> RawSpan {
        let span = unsafe RawSpan(_unsafeStart: room + used, byteCount: min(byteCount, Self.answerByteCount))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Queues the answer of `byteCount` bytes that was written last for the sender of datagram `place`. Answers what
    /// became of those that had to go to make room for the next one.
    @inline(__always)
    mutating func queue(
        byteCount: Int, isFragment: Bool, to place: Int, of batch: borrowing DatagramBatch,
        through socket: borrowing DatagramSocket
    ) -> SendCount {
        let byteCount = max(0, min(byteCount, Self.answerByteCount))
        let start = unsafe room + used
        used += byteCount
        guard byteCount <= Limits.datagramByteCount else {
            let sent = unsafe queueFragments(start, byteCount: byteCount, to: place, of: batch, through: socket)
            return makeRoom(through: socket, sent)
        }
        if isFragment { unsafe mark(start) }
        unsafe add(iovec(iov_base: start, iov_len: byteCount), iovec(), to: place, of: batch)
        return makeRoom(through: socket, SendCount())
    }

    /// Sends the answer of `byteCount` bytes in the large buffer, behind what was queued before.
    mutating func sendLarge(
        byteCount: Int, to place: Int, of batch: borrowing DatagramBatch, through socket: borrowing DatagramSocket
    ) -> SendCount {
        var sent = unsafe queueFragments(
            large, byteCount: min(byteCount, Self.largeByteCount), to: place, of: batch, through: socket)
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
            for entry in next..<next + max(sent, 0) { count.sent += unsafe trains[entry].count }
            next += max(sent, 0)
            if sent <= 0 {
                // The kernel refuses the first of what it was given: no route, a filter. The others may still go.
                count += sendSingly(next, after: sent, through: socket)
                next += 1
            }
        }
        queued = 0
        used = 0
        vectorsUsed = 0
        return count
    }

    // MARK: The list

    @inline(__always)
    private mutating func makeRoom(through socket: borrowing DatagramSocket, _ sent: SendCount) -> SendCount {
        guard used > Self.roomByteCount - Self.answerByteCount || isListFull else { return sent }
        var sent = sent
        sent += send(through: socket)
        return sent
    }

    private var isListFull: Bool { queued == Self.queueCount || vectorsUsed > Self.vectorCount - 2 }

    /// Appends a datagram of one or two pieces: to the train before it, or as the next entry. The list is not full.
    @inline(__always)
    private mutating func add(
        _ first: iovec, _ second: iovec, to place: Int, of batch: borrowing DatagramBatch
    ) {
        let byteCount = unsafe first.iov_len + second.iov_len
        if sendsTrains, queued > 0, unsafe joins(trains[queued - 1], byteCount, place, batch) {
            let header = unsafe datagrams + (queued - 1)
            unsafe append(first, second, to: &header.pointee.header)
            unsafe trains[queued - 1].count += 1
            unsafe trains[queued - 1].isComplete = byteCount < trains[queued - 1].piece
            guard unsafe trains[queued - 1].count == 2 else { return }
            // Safe: an address takes at most 40 of the 64 bytes, this 24.
            unsafe header.pointee.header.msg_controllen += cl_write_train_piece(
                header.pointee.header.msg_control + trains[queued - 1].sourceByteCount,
                UInt16(truncatingIfNeeded: trains[queued - 1].piece))
            return
        }
        let entry = unsafe datagrams + queued
        unsafe entry.pointee.header.msg_iov = vectors + vectorsUsed
        unsafe entry.pointee.header.msg_iovlen = 0
        unsafe append(first, second, to: &entry.pointee.header)
        unsafe batch.direct(&entry.pointee.header, to: place, control: controls + queued * Self.controlStride)
        unsafe trains[queued] = Train(
            piece: byteCount, count: 1, slot: batch.slot(of: place),
            sourceByteCount: entry.pointee.header.msg_controllen)
        queued += 1
    }

    @inline(__always)
    private func joins(_ train: Train, _ byteCount: Int, _ place: Int, _ batch: borrowing DatagramBatch) -> Bool {
        byteCount <= train.piece && byteCount > 0 && !train.isComplete && train.count < Self.trainCount
            && batch.isSamePeer(place, as: train.slot)
    }

    /// Appends pieces to the last entry; what lies behind its last bytes makes that vector longer.
    @inline(__always)
    private mutating func append(_ first: iovec, _ second: iovec, to header: inout msghdr) {
        if unsafe header.msg_iovlen > 0 {
            let last = unsafe vectors + (vectorsUsed - 1)
            if unsafe last.pointee.iov_base + last.pointee.iov_len == first.iov_base, unsafe second.iov_len == 0 {
                unsafe last.pointee.iov_len += first.iov_len
                return
            }
        }
        unsafe vectors[vectorsUsed] = first
        vectorsUsed += 1
        unsafe header.msg_iovlen += 1
        guard unsafe second.iov_len > 0 else { return }
        unsafe vectors[vectorsUsed] = second
        vectorsUsed += 1
        unsafe header.msg_iovlen += 1
    }

    /// Queues a message in pieces: the first with the envelope that lies before it, the others with copies of that
    /// which differ in the sequence number.
    private mutating func queueFragments(
        _ start: UnsafeMutableRawPointer, byteCount: Int, to place: Int, of batch: borrowing DatagramBatch,
        through socket: borrowing DatagramSocket
    ) -> SendCount {
        var count = SendCount()
        unsafe mark(start)
        var offset = Envelope.byteCount
        var sequence: UInt32 = 0
        while offset < byteCount {
            if isListFull {
                // The message itself must stay where it is.
                let used = used
                count += send(through: socket)
                self.used = used
            }
            let length = min(Limits.fragmentByteCount, byteCount - offset)
            let envelope = unsafe envelopes + vectorsUsed * Self.envelopeStride
            unsafe envelope.copyMemory(from: start, byteCount: Envelope.byteCount)
            unsafe envelope.storeBytes(of: sequence.bigEndian, toByteOffset: 12, as: UInt32.self)
            unsafe add(
                iovec(iov_base: envelope, iov_len: Envelope.byteCount),
                iovec(iov_base: start + offset, iov_len: length), to: place, of: batch)
            offset += length
            sequence += 1
        }
        return count
    }

    /// Sends the datagrams of an entry that the kernel refused one by one, and makes no more trains where it cannot.
    private mutating func sendSingly(
        _ entry: Int, after error: Int, through socket: borrowing DatagramSocket
    ) -> SendCount {
        let train = unsafe trains[entry]
        guard train.count > 1 else { return SendCount(refused: 1) }
        if [EINVAL, EIO, EOPNOTSUPP].contains(Int32(-error)) { sendsTrains = false }
        let header = unsafe datagrams[entry].header
        var bytes: [UInt8] = []
        for vector in 0..<(unsafe header.msg_iovlen) {
            let vector = unsafe header.msg_iov[vector]
            unsafe bytes.append(
                contentsOf: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
        }
        // Safe: the name is in a slot of the received batch, which has room for the largest kind of address.
        var address = unsafe RawAddress(raw: header.msg_name.load(as: sockaddr_in6.self))
        var control = unsafe [UInt8](UnsafeRawBufferPointer(start: header.msg_control, count: train.sourceByteCount))
        var count = SendCount()
        for start in stride(from: 0, to: bytes.count, by: train.piece) {
            let piece = Array(bytes[start..<min(start + train.piece, bytes.count)])
            if socket.send(piece, to: &address, control: &control) { count.sent += 1 } else { count.refused += 1 }
        }
        return count
    }

    /// Sets the flag that this datagram is one of several, or answers one that was.
    @inline(__always)
    private func mark(_ start: UnsafeMutableRawPointer) {
        let flags = unsafe start.load(fromByteOffset: 2, as: UInt8.self)
        unsafe start.storeBytes(of: flags | Envelope.Flags.truncated.rawValue, toByteOffset: 2, as: UInt8.self)
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
