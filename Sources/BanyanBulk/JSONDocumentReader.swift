import ByteStreams
import HandleProtocol

/// Finds records in JSON texts of any length and shape, reading them block by block: an object with a member `handle`
/// is one, wherever it lies; objects and arrays around them are walked through. Strings of an array named
/// `homedPrefixes` are prefixes.
struct JSONDocumentReader: ~Copyable {
    /// Longest record in bytes, as for a line.
    static let recordByteCountMax = LineReader.lineByteCountMax

    enum Item {
        case record
        /// With its quotes.
        case prefix
        case end
    }

    private var lines: LineReader
    private var buffer: [UInt8] = []
    /// Where what has not been walked over yet begins.
    private var start = 0
    private var isInputAtEnd = false
    /// Objects and arrays that have been entered.
    private var depth = 0
    /// Of the array of prefixes, while it is walked through.
    private var prefixesDepth: Int?
    /// The string last walked over: a member's name, where one follows.
    private var lastName: [UInt8] = []
    private var itemRange = 0..<0
    /// Of what comes next, from 1.
    private var nextLine = 1

    /// The first line of the item last given, from 1.
    private(set) var line = 1
    /// Where the walk goes on, in inflated bytes from the input's start.
    private(set) var offset: UInt64

    init(_ lines: consuming LineReader) {
        offset = lines.offset
        self.lines = lines
    }

    /// The text of the item last given.
    var item: RawSpan {
        @_lifetime(borrow self) get { buffer.rawSpan.extracting(itemRange) }
    }

    var filePosition: UInt64 { lines.filePosition }

    /// Walks to the next item.
    mutating func next() throws(SourceError) -> Item {
        discard()
        while let byte = try byte(ahead: 0) {
            switch byte {
            case UInt8(ascii: "{"):
                if let count = try objectByteCount(), holdsHandle(count) {
                    give(count)
                    return .record
                }
                walk(1)
                depth += 1
            case UInt8(ascii: "["):
                walk(1)
                depth += 1
                if lastName == Array("homedPrefixes".utf8) { prefixesDepth = depth }
                lastName = []
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                walk(1)
                guard depth > 0 else { throw .row(RowError("a bracket is closed that was not opened")) }
                if prefixesDepth == depth { prefixesDepth = nil }
                depth -= 1
            case UInt8(ascii: "\""):
                let count = try stringByteCount()
                if prefixesDepth == depth {
                    give(count)
                    return .prefix
                }
                lastName = Array(buffer[(start + 1)..<(start + count - 1)].prefix(32))
                walk(count)
            default: walk(1)
            }
        }
        guard depth > 0 else { return .end }
        depth = 0
        throw .row(RowError("the text ends in the middle: the file was cut off"))
    }

    // MARK: Bytes

    /// The byte so many behind the walk's place; nil behind the end.
    private mutating func byte(ahead count: Int) throws(SourceError) -> UInt8? {
        while start + count >= buffer.count, !isInputAtEnd {
            let block: [UInt8]
            do { block = try lines.takeBlock() } catch { throw .stream(error) }
            isInputAtEnd = block.isEmpty
            buffer += block
        }
        return start + count < buffer.count ? buffer[start + count] : nil
    }

    /// Lets go of what has been walked over, once it is much.
    private mutating func discard() {
        guard start > 1 << 20 || start == buffer.count else { return }
        buffer.removeFirst(start)
        itemRange = 0..<0
        start = 0
    }

    private mutating func walk(_ count: Int) {
        for position in start..<(start + count) where buffer[position] == 0x0A { nextLine += 1 }
        start += count
        offset += UInt64(count)
    }

    private mutating func give(_ count: Int) {
        itemRange = start..<(start + count)
        line = nextLine
        walk(count)
    }

    /// Bytes of the object here, its braces included; nil when it does not end within a record's length.
    private mutating func objectByteCount() throws(SourceError) -> Int? {
        var count = 0
        var nesting = 0
        var (isInString, isEscaped) = (false, false)
        while count < Self.recordByteCountMax, let byte = try byte(ahead: count) {
            count += 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): nesting += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                nesting -= 1
                if nesting == 0 { return count }
            default: continue
            }
        }
        return nil
    }

    private mutating func stringByteCount() throws(SourceError) -> Int {
        var count = 1
        var isEscaped = false
        while count < Self.recordByteCountMax, let byte = try byte(ahead: count) {
            count += 1
            if isEscaped {
                isEscaped = false
            } else if byte == 0x5C {
                isEscaped = true
            } else if byte == 0x22 {
                return count
            }
        }
        walk(count)
        throw .row(RowError("a text does not end: the file was cut off, or is no JSON"))
    }

    /// Whether the object of so many bytes here has a member `handle` of its own.
    private func holdsHandle(_ count: Int) -> Bool {
        var reader = JSONReader(buffer.rawSpan.extracting(start..<(start + count)))
        var isFirst = true
        do throws(JSONError) {
            try reader.beginObject()
            while let name = try reader.nextMember(isFirst: &isFirst) {
                if name == "handle" { return true }
                try reader.skipValue()
            }
        } catch {
            // What is malformed is told when it is come to.
        }
        return false
    }
}
