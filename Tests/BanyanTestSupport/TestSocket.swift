import Glibc

/// A blocking socket to a port of this machine. Reading gives up after ten seconds, so that a test that waits for what
/// never comes fails instead of hanging.
public final class TestSocket: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var size: Int32 = 4 << 20
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    public static func datagram(to port: UInt16, at address: String = "127.0.0.1") throws -> TestSocket {
        try connect(to: port, at: address, SOCK_DGRAM)
    }

    public static func stream(to port: UInt16, at address: String = "127.0.0.1") throws -> TestSocket {
        try connect(to: port, at: address, SOCK_STREAM)
    }

    private static func connect(to port: UInt16, at address: String, _ kind: __socket_type) throws -> TestSocket {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST
        unsafe hints.ai_socktype = Int32(kind.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address, String(port), &hints, &found) == 0, let found = unsafe found else {
            throw TestFailure("no address: \(address)")
        }
        defer { unsafe freeaddrinfo(found) }
        let socket = TestSocket(
            descriptor: unsafe Glibc.socket(found.pointee.ai_family, Int32(kind.rawValue), 0))
        guard unsafe Glibc.connect(socket.descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
            throw TestFailure("cannot connect to \(address), port \(port): error \(errno)")
        }
        return socket
    }

    /// All bytes, as one datagram or into the stream.
    public func send(_ bytes: [UInt8]) throws {
        var offset = 0
        repeat {
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { throw TestFailure("cannot send: error \(errno)") }
            offset += count
        } while offset < bytes.count
    }

    /// As many datagrams as it takes, each of `byteCount` bytes but the last, handed to the kernel as one train.
    public func sendTrain(_ bytes: [UInt8], of byteCount: Int) throws {
        // UDP_SEGMENT of <linux/udp.h>.
        var piece = Int32(byteCount)
        guard unsafe setsockopt(descriptor, Int32(IPPROTO_UDP), 103, &piece, socklen_t(MemoryLayout<Int32>.size)) == 0
        else { throw TestFailure("the kernel makes no trains: error \(errno)") }
        try send(bytes)
    }

    /// Ends what goes out.
    public func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// One datagram, or what a stream has; empty at a stream's end; nil when nothing came.
    public func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == ECONNRESET { return [] }
        return count < 0 ? nil : Array(buffer[..<count])
    }

    /// Exactly `count` bytes of a stream; fewer when it ends before.
    public func read(count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var buffer = [UInt8](repeating: 0, count: count - bytes.count)
            let got = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard got > 0 else { break }
            bytes += buffer[..<got]
        }
        return bytes
    }

    /// One message of a stream, envelope and all; empty at the end.
    public func readMessage() -> [UInt8] {
        let envelope = read(count: 20)
        guard envelope.count == 20 else { return envelope }
        let length = envelope[16...].reduce(0) { $0 << 8 | Int($1) }
        return envelope + read(count: min(length, 1 << 20))
    }

    /// One whole answer that came in as many datagrams as it needs: each with its own envelope, in order of sequence.
    public func receiveFragments() -> [[UInt8]] {
        var fragments: [[UInt8]] = []
        var byteCount = 0
        while let datagram = receive(), datagram.count >= 20 {
            fragments.append(datagram)
            byteCount += datagram.count - 20
            let length = datagram[16..<20].reduce(0) { $0 << 8 | Int($1) }
            if byteCount >= length { break }
        }
        return fragments.sorted { $0[12..<16].lexicographicallyPrecedes($1[12..<16]) }
    }
}
