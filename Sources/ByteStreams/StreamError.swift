import Glibc

/// Why a file cannot be read or written.
public struct StreamError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The C library's errno.
        case system(Int32)
        /// The gzip data ends too early.
        case cutOff
        /// The gzip data is damaged.
        case damaged
        /// The C library has no conversion for the character set.
        case noConversion
    }

    public var path: String
    public var reason: Reason

    public init(path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }
}

extension StreamError {
    /// Whether nobody reads any more what is written.
    public var isClosedPipe: Bool { reason == .system(EPIPE) }

    /// Whether the storage under the file is full or fails.
    public var isFailingStorage: Bool {
        guard case .system(let code) = reason else { return false }
        return [EIO, ENOSPC, EDQUOT, EFBIG, EROFS].contains(code)
    }
}

extension StreamError: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .system(let code): "\(path): \(Self.text(of: code))"
        case .cutOff: "\(path): the gzip data ends too early; copy the file again"
        case .damaged: "\(path): the gzip data is damaged; copy the file again"
        case .noConversion: "\(path): this system cannot convert GB 18030; save the file as UTF-8"
        }
    }

    private static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        // Safe: at most `buffer.count` bytes are written, the last of them a zero.
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
