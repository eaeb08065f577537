// UNSAFE ISLAND (datagrams): socket addresses are copied whole, into memory that holds the largest kind.

import CLinux
import Glibc
import HandleProtocol

/// One UDP socket, for one worker. Others may send through it as well: the kernel keeps datagrams apart.
final class DatagramSocket: Sendable {
    let descriptor: Int32
    /// Where it is bound, with the port that the kernel chose.
    let endpoint: Endpoint
    /// Whether the kernel cuts what is sent into datagrams.
    let sendsTrains: Bool

    /// Bytes that may wait in either direction: bursts of thousands of datagrams are not lost.
    private static let bufferByteCount: Int32 = 4 << 20

    init(binding wanted: Endpoint) throws(TransportError) {
        let family = wanted.address.isV4 ? AF_INET : AF_INET6
        let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw TransportError(endpoint: wanted, door: .udp, errorNumber: errno)
        }
        // A socket of all addresses must answer from the one that was asked.
        let tellsAddress: Int32 = wanted.address.isUnspecified ? 1 : 0
        var errorNumber = -cl_prepare_datagram_socket(descriptor, family, Self.bufferByteCount, tellsAddress)
        var address = RawAddress(wanted)
        if errorNumber == 0 { errorNumber = address.bind(descriptor) }
        guard errorNumber == 0 else {
            close(descriptor)
            throw TransportError(endpoint: wanted, door: .udp, errorNumber: errorNumber)
        }
        // A kernel without it delivers a train's datagrams one by one.
        _ = cl_receive_trains(descriptor)
        sendsTrains = cl_can_send_trains(descriptor) == 0
        self.descriptor = descriptor
        self.endpoint = Endpoint(address: wanted.address, port: address.port)
    }

    deinit {
        close(descriptor)
    }

    /// Wakes the worker that waits for datagrams; those that wait already are still delivered.
    func stopReceiving() {
        // On a socket without a peer the call fails, and does this all the same.
        _ = shutdown(descriptor, Int32(SHUT_RD))
    }

    /// Sends a whole answer, in as many datagrams as it takes; for threads that have no batch.
    func send(_ answer: [UInt8], to peer: DatagramPeer, isFragment: Bool) -> SendCount {
        var count = SendCount()
        guard let fragments = try? Fragments(answer.rawSpan) else { return count }
        var address = peer.address
        var control = peer.control
        for position in 0..<fragments.count {
            var envelope = fragments.envelope(of: position)
            if isFragment { envelope.flags.insert(.truncated) }
            var datagram = ByteWriter(capacity: Limits.datagramByteCount)
            envelope.write(to: &datagram)
            datagram.write(raw: fragments.piece(position))
            if send(datagram.bytes, to: &address, control: &control) { count.sent += 1 } else { count.refused += 1 }
        }
        return count
    }

    /// Sends one datagram; false when the kernel refuses it.
    func send(_ datagram: [UInt8], to address: inout RawAddress, control: inout [UInt8]) -> Bool {
        var datagram = datagram
        let byteCount = address.byteCount
        // Safe: all four pointers are good for the call, and each goes with the length of what it points at.
        return unsafe datagram.withUnsafeMutableBytes { bytes in
            unsafe control.withUnsafeMutableBytes { control in
                unsafe withUnsafeMutablePointer(to: &address.raw) { name in
                    var vector = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                    return unsafe withUnsafeMutablePointer(to: &vector) { vector in
                        var header = unsafe msghdr()
                        unsafe header.msg_name = UnsafeMutableRawPointer(name)
                        unsafe header.msg_namelen = byteCount
                        unsafe header.msg_iov = vector
                        unsafe header.msg_iovlen = 1
                        unsafe header.msg_control = control.baseAddress
                        unsafe header.msg_controllen = control.count
                        while unsafe sendmsg(descriptor, &header, 0) < 0 { if errno != EINTR { return false } }
                        return true
                    }
                }
            }
        }
    }
}
