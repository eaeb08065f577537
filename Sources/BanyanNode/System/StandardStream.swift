// UNSAFE ISLAND (system): the two standard streams.

import Glibc

/// Data goes to `output`, talk to `error`. Written at once, without a buffer of ours.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// A stream that cannot be written any more (closed pipe, full disk) swallows what is left: `false`.
    @discardableResult
    public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        do throws(SystemError) {
            try put(bytes)
            return true
        } catch { return false }
    }

    /// Writes data, of which nothing may get lost.
    public func put(_ bytes: [UInt8]) throws(SystemError) {
        try SystemFile.write(bytes, descriptor: rawValue, path: self == .output ? "standard output" : "standard error")
    }

    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether somebody would have to type what is read.
    public static var isInputTerminal: Bool { isatty(0) == 1 }

    /// Columns of the terminal; 80 when it does not say.
    public var columnCount: Int {
        var size = winsize()
        // Safe: the kernel writes one winsize.
        guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
