/// Text with `-----BEGIN …-----` and `-----END …-----` lines around base64 (RFC 7468): how clients of the Chinese
/// system write keys, also into HS_PUBKEY values.
public enum PEM {
    /// Whether the bytes are such a text: its first line says so, white space before it apart.
    public static func isRecognised(_ bytes: RawSpan) -> Bool {
        let start = firstOffset(in: bytes) { !isSpace($0) }
        return bytes.begins(with: "-----BEGIN ", at: start)
    }

    /// The label of the first block, as in `PUBLIC KEY`, and the bytes that its base64 stands for; nil when the text
    /// holds no whole block.
    public static func decode(_ text: RawSpan) -> (label: [UInt8], bytes: [UInt8])? {
        let start = firstOffset(in: text) { !isSpace($0) }
        guard text.begins(with: "-----BEGIN ", at: start) else { return nil }
        let labelStart = start + 11
        guard let labelEnd = text.offset(of: UInt8(ascii: "-"), from: labelStart),
            text.begins(with: "-----", at: labelEnd),
            let end = text.offset(of: UInt8(ascii: "-"), from: labelEnd + 5), text.begins(with: "-----END ", at: end)
        else { return nil }
        var body: [UInt8] = []
        for offset in (labelEnd + 5)..<end where !isSpace(text.byte(at: offset)) {
            body.append(text.byte(at: offset))
        }
        var decoded = ByteWriter(capacity: body.count)
        guard !body.isEmpty, Base64.decode(body.rawSpan, into: &decoded) else { return nil }
        return (text.extracting(labelStart..<labelEnd).array, decoded.bytes)
    }

    /// The text of one block, 64 characters a line.
    public static func encode(label: String, _ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(raw: "-----BEGIN \(label)-----\n".utf8)
        let text = Base64.encode(bytes)
        for start in stride(from: 0, to: text.count, by: 64) {
            writer.write(raw: text[start..<min(start + 64, text.count)])
            writer.write(UInt8(ascii: "\n"))
        }
        writer.write(raw: "-----END \(label)-----\n".utf8)
        return writer.bytes
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func firstOffset(in bytes: RawSpan, where condition: (UInt8) -> Bool) -> Int {
        var offset = 0
        while offset < bytes.byteCount, !condition(bytes.byte(at: offset)) { offset += 1 }
        return offset
    }
}
