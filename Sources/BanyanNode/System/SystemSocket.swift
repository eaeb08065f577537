// UNSAFE ISLAND (system): sockets in the file system. One object owns a descriptor and closes it once.

import Glibc

/// A stream socket of this machine, for DIR/control. Blocking; `shutdown` from another thread ends what waits.
final class SystemSocket: Sendable {
    private let descriptor: Int32
    private let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    // Nobody holds the object any more, so nobody uses the number.
    deinit { close(descriptor) }

    /// Listens at `path`, in place of a socket that a dead process left there. Only the owner may connect.
    static func listen(at path: String) throws(SystemError) -> SystemSocket {
        let socket = try make(path)
        try SystemFile.remove(path)
        let mask = umask(0o177)
        let code = try unsafe withAddress(path) { unsafe bind(socket.descriptor, $0, $1) }
        let failure = errno
        umask(mask)
        guard code == 0 else { throw SystemError("bind", path, code: failure) }
        guard Glibc.listen(socket.descriptor, 64) == 0 else { throw SystemError("listen", path, code: errno) }
        return socket
    }

    static func connect(to path: String) throws(SystemError) -> SystemSocket {
        let socket = try make(path)
        while try unsafe withAddress(path, { unsafe Glibc.connect(socket.descriptor, $0, $1) }) != 0 {
            guard errno == EINTR else { throw SystemError("connect", path, code: errno) }
        }
        return socket
    }

    /// The next connection, or nil after `shutdown`.
    func accept() -> SystemSocket? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return SystemSocket(descriptor: connection, path: path)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: poll(milliseconds: 100)
            default: return nil
            }
        }
    }

    /// Waits without looking at anything: descriptors are short, and the backlog would wake us at once.
    private func poll(milliseconds: Int32) { _ = Glibc.poll(nil, 0, milliseconds) }

    /// Exactly `count` bytes, or nil when the other side ended before the first. An end in between is ECONNRESET.
    func read(count: Int) throws(SystemError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(count, 256 << 10))
        while bytes.count < count {
            // Safe: at most `chunk.count` bytes are written into the array.
            let got = unsafe Glibc.read(descriptor, &chunk, min(chunk.count, count - bytes.count))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SystemError("read", path, code: errno) }
            if got == 0, bytes.isEmpty { return nil }
            guard got > 0 else { throw SystemError("read", path, code: ECONNRESET) }
            bytes += chunk[..<got]
        }
        return bytes
    }

    func write(_ bytes: [UInt8]) throws(SystemError) {
        try SystemFile.write(bytes, descriptor: descriptor, path: path)
    }

    /// Ends both directions: who waits in `accept` or `read` returns.
    func shutdown() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends what comes in: who waits in `read` returns, answers still go out.
    func endReading() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RD)) }

    /// The other side sent what cannot be a frame.
    var brokenFraming: SystemError { SystemError("read", path, code: EPROTO) }

    private static func make(_ path: String) throws(SystemError) -> SystemSocket {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", path, code: errno) }
        return SystemSocket(descriptor: descriptor, path: path)
    }

    /// Sends one datagram to a socket in the file system, or in the abstract space when `path` begins with `@`.
    static func send(_ text: String, to path: String) throws(SystemError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", path, code: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let count = try unsafe withAddress(path) { address, length in
            unsafe Int32(sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length))
        }
        guard count == bytes.count else { throw SystemError("send", path, code: errno) }
    }

    /// Calls `body` with `path` as a socket address. The kernel takes 107 bytes: a longer path is reached through its
    /// folder's descriptor.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SystemError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        let byteCountMax = MemoryLayout.size(ofValue: address.sun_path) - 1
        var folder: Int32 = -1
        defer { if folder >= 0 { close(folder) } }
        if name.count > byteCountMax, let slash = path.lastIndex(of: "/") {
            folder = unsafe open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw SystemError("open", path, code: errno) }
            name = Array("/proc/self/fd/\(folder)\(path[slash...])".utf8)
        }
        guard !name.isEmpty, name.count <= byteCountMax else { throw SystemError("connect", path, code: ENAMETOOLONG) }
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        // Safe: the guard proves that the name and a zero fit into sun_path, which is zero to begin with.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = socklen_t(2 + name.count + (isAbstract ? 0 : 1))
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }
}
