import ByteStreams
import HandleProtocol

/// Lines of an input, one after the other, in a buffer that is used again. For CSV, a line may hold line ends inside
/// quotes. Line ends are LF or CR LF; the last line may lack one.
struct LineReader: ~Copyable {
    /// Longest line in bytes: a whole record with every byte as an escape of JSON.
    static let lineByteCountMax = 2 << 20
    private static let blockByteCount = 512 << 10

    private let input: InputFile
    private var buffer = [UInt8](repeating: 0, count: LineReader.blockByteCount)
    /// Where unread bytes begin and end.
    private var start = 0
    private var end = 0
    /// The line last given, without its end, and where the next begins.
    private var lineRange = 0..<0
    private var next = 0
    private var isInputAtEnd = false
    /// Of the line that comes next, from 1.
    private var nextNumber = 1

    /// The number of the line last given (of its first line, where it holds several), from 1.
    private(set) var number = 0
    /// Where the next line begins, in inflated bytes from the input's start.
    private(set) var offset: UInt64 = 0
    /// Whether a line ending inside quotes goes on: CSV.
    var mayHoldLineEnds = false
    /// Whether the line last given is longer than may be; it is given cut off.
    private(set) var isTooLong = false

    init(_ input: InputFile) { self.input = input }

    /// The line last given.
    var line: RawSpan {
        @_lifetime(borrow self) get { buffer.rawSpan.extracting(lineRange) }
    }

    /// Appends the line last given.
    func writeLine(to writer: inout ByteWriter) { writer.write(raw: buffer.rawSpan.extracting(lineRange)) }

    /// Bytes of the file on disk read so far.
    var filePosition: UInt64 { input.filePosition }

    /// The input's first bytes, before any line was taken: as many as are there, at most `count`.
    mutating func peek(_ count: Int) throws(StreamError) -> [UInt8] {
        while end < min(count, buffer.count), !isInputAtEnd { try fill() }
        return Array(buffer[..<min(end, count)])
    }

    /// Passes over the mark in front of UTF-8; to be called before the first line.
    mutating func skipByteOrderMark() throws(StreamError) {
        guard try peek(3) == ByteOrderMark.utf8 else { return }
        next = 3
        offset = 3
    }

    /// Takes the next line; false when there is none.
    mutating func advance() throws(StreamError) -> Bool {
        start = next
        isTooLong = false
        var scan = start
        var isQuoted = false
        while true {
            if let newline = find(from: scan, isQuoted: &isQuoted) {
                give(upTo: newline, endByteCount: 1)
                return true
            }
            let scanned = end - start
            if isInputAtEnd {
                guard start < end else { return false }
                // A quote that never closes would take the rest of the file as one row: give the first line alone.
                if isQuoted, let newline = newline(from: start) {
                    give(upTo: newline, endByteCount: 1)
                } else {
                    give(upTo: end, endByteCount: 0)
                }
                return true
            }
            if scanned > Self.lineByteCountMax {
                if isQuoted, let newline = newline(from: start) {
                    give(upTo: newline, endByteCount: 1)
                } else {
                    try giveCutOff()
                }
                return true
            }
            try fill()
            scan = start + scanned
        }
    }

    /// Takes the bytes that come next, as many as are there, for inputs that are no lines; empty at the end.
    mutating func takeBlock() throws(StreamError) -> [UInt8] {
        start = next
        if start == end, !isInputAtEnd { try fill() }
        let block = Array(buffer[start..<end])
        offset += UInt64(block.count)
        next = end
        return block
    }

    /// Gives back all but the first line of a line that holds several.
    mutating func shrinkToFirstLine() {
        if let newline = newline(from: lineRange.lowerBound), newline < lineRange.upperBound {
            offset -= UInt64(next - newline - 1)
            lineRange = lineRange.lowerBound..<newline
            next = newline + 1
            nextNumber = number + 1
        }
    }

    /// Takes lines until the next one begins at `target`, counting them; false when the input ends before.
    ///
    /// Every row ends where a line ends, whatever quotes say: a row whose quotes were wrong has been given line by
    /// line.
    mutating func skip(to target: UInt64) throws(StreamError) -> Bool {
        let respectsQuotes = mayHoldLineEnds
        mayHoldLineEnds = false
        defer { mayHoldLineEnds = respectsQuotes }
        while offset < target { guard try advance() else { return false } }
        return offset == target
    }

    private mutating func give(upTo end: Int, endByteCount: Int) {
        var lines = 1
        var last = end
        if last > start, buffer[last - 1] == 0x0D { last -= 1 }
        lineRange = start..<last
        var position = start
        while mayHoldLineEnds, let newline = newline(from: position), newline < last {
            lines += 1
            position = newline + 1
        }
        number = nextNumber
        nextNumber += lines
        next = end + endByteCount
        offset += UInt64(next - start)
    }

    /// Gives the beginning of a line that is too long, and reads on to its end.
    private mutating func giveCutOff() throws(StreamError) {
        isTooLong = true
        lineRange = start..<(start + Self.lineByteCountMax)
        number = nextNumber
        nextNumber += 1
        // What is kept stands in front; behind it, blocks come and go until one holds the line's end.
        let kept = Array(buffer[lineRange])
        offset += UInt64(end - start)
        start = end
        while true {
            if let newline = newline(from: start) {
                offset -= UInt64(end - newline - 1)
                next = newline + 1
                break
            }
            guard !isInputAtEnd else {
                next = end
                break
            }
            start = end
            next = end
            let before = end - start
            try fill()
            offset += UInt64(end - start - before)
        }
        // The bytes behind the line move behind a copy of what is given.
        let rest = Array(buffer[next..<end])
        buffer = kept + rest + [UInt8](repeating: 0, count: Self.blockByteCount)
        lineRange = 0..<kept.count
        next = kept.count
        end = kept.count + rest.count
    }

    /// Moves unread bytes to the front and reads more behind them.
    private mutating func fill() throws(StreamError) {
        if start > 0 {
            let count = end - start
            for offset in 0..<count { buffer[offset] = buffer[start + offset] }
            (start, end, next) = (0, count, 0)
        }
        if end == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let count = try input.read(into: &buffer, at: end)
        end += count
        if count == 0 { isInputAtEnd = true }
    }

    private func newline(from start: Int) -> Int? {
        let bytes = buffer.rawSpan
        var offset = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        while offset &+ 8 <= end {
            let word = bytes.bigEndianUInt64(at: offset) ^ (ones &* 0x0A)
            guard (word &- ones) & ~word & (ones &* 0x80) == 0 else { break }
            offset &+= 8
        }
        while offset < end {
            if bytes.byte(at: offset) == 0x0A { return offset }
            offset &+= 1
        }
        return nil
    }

    private func find(from start: Int, isQuoted: inout Bool) -> Int? {
        guard mayHoldLineEnds else { return newline(from: start) }
        let bytes = buffer.rawSpan
        for offset in start..<max(end, start) {
            switch bytes.byte(at: offset) {
            case 0x22: isQuoted.toggle()
            case 0x0A where !isQuoted: return offset
            default: continue
            }
        }
        return nil
    }
}
