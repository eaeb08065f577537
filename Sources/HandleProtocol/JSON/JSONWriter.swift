/// Writes a JSON text to bytes, in order (RFC 8259). Commas come by themselves.
public struct JSONWriter: Sendable {
    public private(set) var output: ByteWriter
    private var needsComma = false

    public init(capacity: Int = 0) { output = ByteWriter(capacity: capacity) }

    public var bytes: [UInt8] { output.bytes }

    /// A place to come back to.
    public struct Mark: Sendable {
        var byteCount: Int
        var needsComma: Bool
    }

    public var mark: Mark { Mark(byteCount: output.byteCount, needsComma: needsComma) }

    /// Takes back all that was written since.
    public mutating func rewind(to mark: Mark) {
        output.truncate(to: mark.byteCount)
        needsComma = mark.needsComma
    }

    /// Forgets the text, and keeps the memory.
    public mutating func removeAll() { rewind(to: Mark(byteCount: 0, needsComma: false)) }

    private mutating func separate() {
        if needsComma { output.write(UInt8(ascii: ",")) }
        needsComma = true
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    private mutating func open(_ bracket: UInt8) {
        separate()
        output.write(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        output.write(bracket)
        needsComma = true
    }

    /// A member's name, which needs no escape; its value comes next.
    public mutating func name(_ name: StaticString) {
        separate()
        output.write(UInt8(ascii: "\""))
        output.write(raw: name.description.utf8)
        output.write(UInt8(ascii: "\""))
        output.write(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func write(_ value: some BinaryInteger) {
        separate()
        output.write(raw: String(value).utf8)
    }

    public mutating func write(_ value: Bool) {
        separate()
        output.write(raw: (value ? "true" : "false").utf8)
    }

    public mutating func writeNull() {
        separate()
        output.write(raw: "null".utf8)
        needsComma = true
    }

    public mutating func write(_ text: String) {
        let bytes = Array(text.utf8)
        write(utf8: bytes.rawSpan)
    }

    public mutating func write(_ time: Timestamp) {
        separate()
        output.write(UInt8(ascii: "\""))
        time.write(to: &output)
        output.write(UInt8(ascii: "\""))
    }

    /// A string of these bytes, which must be UTF-8. Quotes, backslashes, controls and the two line separators of
    /// JavaScript are escaped.
    public mutating func write(utf8 text: RawSpan) {
        separate()
        output.write(UInt8(ascii: "\""))
        var plain = 0
        var offset = 0
        while offset < text.byteCount {
            let byte = text.byte(at: offset)
            let isLineSeparator =
                byte == 0xE2 && text.byte(at: offset + 1) == 0x80 && text.byte(at: offset + 2) & 0xFE == 0xA8
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || isLineSeparator else {
                offset += 1
                continue
            }
            output.write(raw: text.extracting(plain..<offset))
            escape(byte, isLineSeparator ? 0x2000 | UInt32(text.byte(at: offset + 2)) & 0x3F : UInt32(byte))
            offset += isLineSeparator ? 3 : 1
            plain = offset
        }
        output.write(raw: text.extracting(plain..<text.byteCount))
        output.write(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8, _ scalar: UInt32) {
        output.write(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: output.write(byte)
        case 0x08: output.write(UInt8(ascii: "b"))
        case 0x09: output.write(UInt8(ascii: "t"))
        case 0x0A: output.write(UInt8(ascii: "n"))
        case 0x0C: output.write(UInt8(ascii: "f"))
        case 0x0D: output.write(UInt8(ascii: "r"))
        default:
            output.write(UInt8(ascii: "u"))
            let digits = [UInt8(truncatingIfNeeded: scalar >> 8), UInt8(truncatingIfNeeded: scalar)]
            Hex.encode(digits.rawSpan, into: &output)
        }
    }

    public mutating func write(base64 bytes: RawSpan, _ alphabet: Base64.Alphabet = .standard) {
        separate()
        output.write(UInt8(ascii: "\""))
        Base64.encode(bytes, alphabet, into: &output)
        output.write(UInt8(ascii: "\""))
    }

    public mutating func write(hex bytes: RawSpan) {
        separate()
        output.write(UInt8(ascii: "\""))
        Hex.encode(bytes, into: &output)
        output.write(UInt8(ascii: "\""))
    }

    /// Bytes as they are, between texts: formats that are not JSON share the writer's memory.
    public mutating func write(raw bytes: [UInt8]) {
        output.write(raw: bytes)
        needsComma = false
    }

    /// A line's end behind a whole text: what stands next begins anew (JSON Lines).
    public mutating func endLine() {
        output.write(UInt8(ascii: "\n"))
        needsComma = false
    }
}
