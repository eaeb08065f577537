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
        var address = DatagramAddress(wanted)
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
    func send(_ datagram: [UInt8], to address: inout DatagramAddress, control: inout [UInt8]) -> Bool {
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

/// A peer's address and port as the kernel writes them: an IPv4 one lies in the first 16 of the 28 bytes.
struct DatagramAddress: Sendable {
    static let byteCount = socklen_t(MemoryLayout<sockaddr_in6>.size)
    var raw = sockaddr_in6()

    init(raw: sockaddr_in6) {
        self.raw = raw
    }

    init(_ endpoint: Endpoint) {
        if endpoint.address.isV4 {
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = endpoint.port.bigEndian
            v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: endpoint.address.low).bigEndian
            // Safe: 16 bytes into 28.
            unsafe withUnsafeMutableBytes(of: &raw) { target in
                unsafe withUnsafeBytes(of: v4) { unsafe target.copyMemory(from: $0) }
            }
        } else {
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = endpoint.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &raw.sin6_addr) { target in
                unsafe target.storeBytes(of: endpoint.address.high.bigEndian, as: UInt64.self)
                unsafe target.storeBytes(of: endpoint.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
    }

    var isV4: Bool { raw.sin6_family == sa_family_t(AF_INET) }

    /// Bytes that the kernel takes.
    var byteCount: socklen_t { isV4 ? socklen_t(MemoryLayout<sockaddr_in>.size) : Self.byteCount }

    /// Both families have the port in the same place.
    var port: UInt16 { UInt16(bigEndian: raw.sin6_port) }

    var address: IPAddress {
        // In a sockaddr_in the address lies where sin6_flowinfo lies.
        if isV4 { return IPAddress(v4: UInt32(bigEndian: raw.sin6_flowinfo)) }
        // Safe: an IPv6 address has 16 bytes.
        return unsafe withUnsafeBytes(of: raw.sin6_addr) { bytes in
            unsafe IPAddress(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// Binds, and takes over what the kernel chose. Answers 0 or the error number.
    fileprivate mutating func bind(_ descriptor: Int32) -> Int32 {
        var byteCount = byteCount
        // Safe: the memory holds the largest kind of address, and its size goes along.
        return unsafe withUnsafeMutablePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe Glibc.bind(descriptor, address, byteCount) == 0,
                    unsafe getsockname(descriptor, address, &byteCount) == 0
                else { return errno }
                return 0
            }
        }
    }
}
