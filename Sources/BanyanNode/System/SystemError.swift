// UNSAFE ISLAND (system): the C library's error texts.

import Glibc

/// A system call that failed: what was tried, on what, and why.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, in words: "open", "rename".
    public var operation: String
    public var path: String
    /// The C library's errno.
    public var code: Int32

    public init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    public var isExisting: Bool { code == EEXIST }

    /// Whether what was named cannot be meant: not there, there already, no file, no right to it. Everything else is
    /// storage that fails.
    public var isWrongName: Bool {
        [ENOENT, ENOTDIR, EEXIST, EISDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG].contains(code)
            || operation == "read" && code == EFBIG
    }

    /// Whether nobody reads any more what is written.
    public var isClosedPipe: Bool { code == EPIPE }

    public var description: String { "\(path): \(operation): \(Self.text(of: code))" }

    private static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        // Safe: at most `buffer.count` bytes are written, the last of them a zero.
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
