// UNSAFE ISLAND (streams): one class owns the zlib file, made in init, closed in deinit at the latest.

import CZlib
import Glibc

/// A file, or standard output, written in order through a buffer; deflated when its name ends in `.gz`. For one thread.
@safe
public final class OutputFile {
    public let path: String
    private var file: gzFile?
    /// Whether nothing stood in the file when it was opened.
    public let wasEmpty: Bool

    /// Opens `path` for writing: emptied, or appended to. A new file is readable by its owner alone. `-` is standard
    /// output.
    public init(path: String, appending: Bool = false) throws(StreamError) {
        self.path = path
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
        let descriptor = path == "-" ? dup(1) : unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw StreamError(path: path, .system(errno)) }
        wasEmpty = !appending || lseek(descriptor, 0, SEEK_END) == 0
        // Safe: the descriptor is open, and belongs to the zlib file from here on. T: as it is, without gzip.
        guard let file = unsafe gzdopen(descriptor, path.hasSuffix(".gz") ? "wb" : "wbT") else {
            Glibc.close(descriptor)
            throw StreamError(path: path, .system(ENOMEM))
        }
        unsafe self.file = file
        unsafe gzbuffer(file, 128 << 10)
    }

    deinit { if let file = unsafe file { unsafe gzclose(file) } }

    public func write(_ bytes: [UInt8]) throws(StreamError) {
        guard let file = unsafe file else { throw StreamError(path: path, .system(EBADF)) }
        var offset = 0
        while offset < bytes.count {
            let count = min(bytes.count - offset, 1 << 30)
            // Safe: the slice lies inside the array.
            let written = unsafe bytes[offset..<(offset + count)].withUnsafeBytes {
                unsafe gzwrite(file, $0.baseAddress, UInt32(count))
            }
            guard written > 0 else { throw StreamError(path: path, .system(errno == 0 ? EIO : errno)) }
            offset += Int(written)
        }
    }

    /// Hands what is buffered to the system.
    public func flush() throws(StreamError) {
        guard let file = unsafe file else { throw StreamError(path: path, .system(EBADF)) }
        guard unsafe gzflush(file, Z_SYNC_FLUSH) == Z_OK else {
            throw StreamError(path: path, .system(errno == 0 ? EIO : errno))
        }
    }

    /// Writes what is buffered and closes; only then is it certain that all could be written.
    public func close() throws(StreamError) {
        guard let file = unsafe file else { return }
        unsafe self.file = nil
        guard unsafe gzclose(file) == Z_OK else {
            throw StreamError(path: path, .system(errno == 0 ? EIO : errno))
        }
    }
}
