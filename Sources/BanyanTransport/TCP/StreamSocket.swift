// UNSAFE ISLAND (sockets): every pointer goes with the length of what it points at, and is good for the call.

import CLinux
import Glibc
import NIOCore
import Synchronization

/// A connection's descriptor: closed when nobody has it any more.
final class StreamSocket {
    /// What a call came to.
    enum Transfer: Equatable {
        case bytes(Int)
        /// The kernel has no more, or takes no more, now.
        case blocked
        /// The other side has sent all it will.
        case ended
        /// The connection is no more.
        case lost
    }

    let descriptor: Int32
    private var isSurrendered = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        if !isSurrendered { close(descriptor) }
    }

    /// Gives the descriptor to whoever called.
    func surrender() -> Int32 {
        isSurrendered = true
        return descriptor
    }

    /// Appends what has come to `buffer`, at most `byteCount` bytes.
    func read(into buffer: inout ByteBuffer, atMost byteCount: Int) -> Transfer {
        var count = 0
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { room in
            repeat {
                count = unsafe recv(descriptor, room.baseAddress, byteCount, 0)
            } while count < 0 && errno == EINTR
            return max(0, count)
        }
        if count > 0 { return .bytes(count) }
        return count == 0 ? .ended : errno == EAGAIN ? .blocked : .lost
    }

    /// Takes from the front of `buffer` what the kernel accepts.
    func write(_ buffer: inout ByteBuffer) -> Transfer {
        var count = 0
        repeat {
            count = unsafe buffer.withUnsafeReadableBytes { bytes in
                unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
        } while count < 0 && errno == EINTR
        if count >= 0 {
            buffer.moveReaderIndex(forwardBy: count)
            return .bytes(count)
        }
        return errno == EAGAIN ? .blocked : .lost
    }

    /// Ends what goes out; what comes is still read.
    func closeOutput() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }
}

/// A socket at which connections arrive. Several threads may accept from it.
final class StreamListeningSocket: Sendable {
    private let isClosed = Atomic(false)

    /// Connections that the kernel completes before we take them.
    private static let backlog: Int32 = 4_096

    let descriptor: Int32
    /// Where it is bound, with the port that the kernel chose.
    let endpoint: Endpoint

    init(binding wanted: Endpoint) throws(TransportError) {
        let family = wanted.address.isV4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw TransportError(endpoint: wanted, door: .tcp, errorNumber: errno) }
        var errorNumber = -cl_prepare_listener(descriptor, family)
        var address = RawAddress(wanted)
        if errorNumber == 0 { errorNumber = address.bind(descriptor) }
        if errorNumber == 0, listen(descriptor, Self.backlog) != 0 { errorNumber = errno }
        guard errorNumber == 0 else {
            Glibc.close(descriptor)
            throw TransportError(endpoint: wanted, door: .tcp, errorNumber: errorNumber)
        }
        self.descriptor = descriptor
        endpoint = Endpoint(address: wanted.address, port: address.port)
    }

    deinit { close() }

    /// Once, when no thread accepts from it any more.
    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { _ = Glibc.close(descriptor) }
    }

    enum Acceptance {
        case connection(StreamSocket, Endpoint)
        case none
        /// No descriptor or no memory is left: it must be asked again later.
        case exhausted
    }

    /// Takes a connection that waits. One that went away meanwhile is passed over.
    func accept() -> Acceptance {
        while true {
            var address = RawAddress()
            let descriptor = address.accept(from: descriptor)
            if descriptor >= 0 {
                return .connection(
                    StreamSocket(descriptor), Endpoint(address: address.address, port: address.port))
            }
            switch -descriptor {
            case EAGAIN: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: continue
            }
        }
    }
}
