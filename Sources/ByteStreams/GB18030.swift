// UNSAFE ISLAND (streams): one class owns the converter, made in init, closed in deinit.

import Glibc

/// GB 18030, China's national character set, which spreadsheet programs there write, to UTF-8. For one thread.
@safe
public final class GB18030 {
    private let converter: iconv_t

    /// - Throws: `.noConversion` where the C library has none.
    public init() throws(StreamError) {
        let converter = unsafe iconv_open("UTF-8", "GB18030")
        guard Int(bitPattern: converter) != -1, let converter = unsafe converter else {
            throw StreamError(path: "-", .noConversion)
        }
        unsafe self.converter = converter
    }

    deinit { unsafe iconv_close(converter) }

    /// The text in UTF-8; nil when the bytes are not GB 18030. A file's whole lines and fields may be given one by one:
    /// none of the set's longer characters holds a byte of a line end, a comma or a quote.
    public func utf8(_ bytes: [UInt8]) -> [UInt8]? {
        unsafe iconv(converter, nil, nil, nil, nil)
        var source = bytes.map(CChar.init(bitPattern:))
        // Two bytes become at most three, and one at most one.
        var target = [CChar](repeating: 0, count: bytes.count * 2 + 8)
        let (sourceCount, targetCount) = (source.count, target.count)
        // Safe: both pointers stay inside their arrays, since iconv moves them no further than the counts allow.
        let written = unsafe source.withUnsafeMutableBufferPointer { from -> Int? in
            unsafe target.withUnsafeMutableBufferPointer { to -> Int? in
                var (input, output) = (from.baseAddress, to.baseAddress)
                var (inputLeft, outputLeft) = (sourceCount, targetCount)
                let result = unsafe iconv(converter, &input, &inputLeft, &output, &outputLeft)
                return result == -1 || inputLeft != 0 ? nil : targetCount - outputLeft
            }
        }
        return written.map { target[..<$0].map(UInt8.init(bitPattern:)) }
    }
}
