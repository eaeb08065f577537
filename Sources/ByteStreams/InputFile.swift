// UNSAFE ISLAND (streams): one class owns the zlib file, made in init, closed in deinit.

import CZlib
import Glibc

/// A file, or standard input, read from its beginning; gzip is inflated, whatever the name says. For one thread.
@safe
public final class InputFile {
    public let path: String
    /// Bytes of the file on disk read so far: how far the work is. Kept, since asking the system costs a call.
    public private(set) var filePosition: UInt64 = 0
    private let file: gzFile
    /// Size of the file as it lies on disk, in bytes; nil for what is not a plain file.
    public let fileByteCount: UInt64?

    /// Opens `path`; `-` is standard input.
    public init(path: String) throws(StreamError) {
        self.path = path
        let descriptor = path == "-" ? dup(0) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StreamError(path: path, .system(errno)) }
        var status = stat()
        // Safe: the kernel writes one status.
        guard unsafe fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw StreamError(path: path, .system(code))
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw StreamError(path: path, .system(EISDIR))
        }
        fileByteCount = status.st_mode & S_IFMT == S_IFREG ? UInt64(max(status.st_size, 0)) : nil
        // Safe: the descriptor is open, and belongs to the zlib file from here on.
        guard let file = unsafe gzdopen(descriptor, "rb") else {
            close(descriptor)
            throw StreamError(path: path, .system(ENOMEM))
        }
        unsafe self.file = file
        unsafe gzbuffer(file, 128 << 10)
    }

    deinit { unsafe gzclose(file) }

    /// Reads into `buffer` from `offset` on, as many bytes as are there and fit; 0 at the end. May return before the
    /// buffer is full only at the end.
    public func read(into buffer: inout [UInt8], at offset: Int) throws(StreamError) -> Int {
        let room = min(buffer.count - offset, 1 << 30)
        guard offset >= 0, room > 0 else { return 0 }
        // Safe: at most `room` bytes are written behind `offset`, all inside the array.
        let count = unsafe buffer.withUnsafeMutableBytes { bytes -> Int32 in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe gzread(file, start + offset, UInt32(room))
        }
        filePosition = UInt64(max(unsafe gzoffset(file), 0))
        if count >= 0, Int(count) == room { return room }
        var code: Int32 = 0
        _ = unsafe gzerror(file, &code)
        switch code {
        case Z_OK, Z_STREAM_END: return Int(max(count, 0))
        case Z_BUF_ERROR: throw StreamError(path: path, .cutOff)
        case Z_ERRNO: throw StreamError(path: path, .system(errno))
        default: throw StreamError(path: path, .damaged)
        }
    }
}
