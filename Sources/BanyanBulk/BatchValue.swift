import ByteStreams
import HandleProtocol

/// A value's line of a batch file: index, type, ttl, permissions, kind, data, with one blank between.
enum BatchValue {
    static func parse(_ line: [UInt8]) throws(RowError) -> HandleValue {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: false)
        guard words.count >= 5 else {
            throw RowError(field: "value", "give INDEX TYPE TTL PERMISSIONS KIND DATA with one blank between")
        }
        func text(_ position: Int) -> String { String(decoding: words[position], as: UTF8.self) }
        guard let index = Int32(text(0)), index > 0 else {
            throw RowError(field: "index", "give a number from 1 to 2147483647")
        }
        let type = Array(words[1])
        guard UTF8Text.isValid(type.rawSpan), !type.isEmpty else {
            throw RowError(field: "type", "give a type in UTF-8")
        }
        guard let seconds = Int32(text(2)) else { throw RowError(field: "ttl", "give whole seconds below 2147483648") }
        let digits = Array(words[3])
        guard let permissions = Permission(text: digits.rawSpan) else {
            throw RowError(field: "permissions", "give four digits 0 or 1, as in 1110")
        }
        return HandleValue(
            index: UInt32(index), timeToLive: .seconds(UInt32(bitPattern: seconds)), permissions: permissions,
            type: type, data: try data(kind: text(4), words.count > 5 ? Array(words[5]) : []))
    }

    private static func data(kind: String, _ text: [UInt8]) throws(RowError) -> [UInt8] {
        switch kind {
        case "UTF8":
            guard UTF8Text.isValid(text.rawSpan) else { throw RowError(field: "data", "not UTF-8; save it as UTF-8") }
            return text
        case "ADMIN":
            guard let record = ValueText.administrator(text) else {
                throw RowError(field: "data", ValueText.administratorReason)
            }
            return record
        case "LIST":
            guard let list = ValueText.list(text) else { throw RowError(field: "data", ValueText.listReason) }
            return list
        case "FILE": return try contents(of: String(decoding: text, as: UTF8.self))
        default: throw RowError(field: "kind", "give one of UTF8, ADMIN, LIST, FILE")
        }
    }

    /// At most a record's bytes, and one more to have it refused.
    private static func contents(of path: String) throws(RowError) -> [UInt8] {
        do throws(StreamError) {
            let file = try InputFile(path: path)
            var bytes = [UInt8](repeating: 0, count: Limits.recordByteCount + 1)
            let count = try file.read(into: &bytes, at: 0)
            return Array(bytes[..<count])
        } catch {
            throw RowError(field: "data", "\(error)")
        }
    }

    /// The line of a value in wire encoding; nil when the format cannot hold it. Timestamps are never held.
    static func text(of value: ValueView) -> [UInt8]? {
        let type = value.type
        guard value.bytes.byte(at: 8) == 0, value.permissions.rawValue < 16, hasNoReferences(value),
            Int32(bitPattern: value.index) > 0, type.byteCount > 0, UTF8Text.isValid(type),
            type.offset(of: 0x20) == nil, isLine(type)
        else { return nil }
        guard let (kind, data) = content(of: value) else { return nil }
        guard isLine(data.rawSpan), UTF8Text.isValid(data.rawSpan) else { return nil }
        let seconds = Int32(bitPattern: value.bytes.bigEndianUInt32(at: 9))
        return Array("\(value.index) ".utf8) + type.array + Array(" \(seconds) ".utf8) + value.permissions.text
            + Array(" \(kind) ".utf8) + data
    }

    private static func content(of value: ValueView) -> (kind: String, data: [UInt8])? {
        if value.type.equalsIgnoringCase("HS_ADMIN") {
            return ValueText.text(administrator: value.data).map { ("ADMIN", $0) }
        }
        if value.type.equalsIgnoringCase("HS_VLIST") { return ValueText.text(list: value.data).map { ("LIST", $0) } }
        return ("UTF8", value.data.array)
    }

    static func hasNoReferences(_ value: ValueView) -> Bool {
        let bytes = value.bytes
        let type = Int(bytes.bigEndianUInt32(at: 14))
        let data = Int(bytes.bigEndianUInt32(at: 18 + type))
        return bytes.byteCount == HandleValue.minimumByteCount + type + data
            && bytes.bigEndianUInt32(at: bytes.byteCount - 4) == 0
    }

    /// Whether the text stands in one line.
    static func isLine(_ text: RawSpan) -> Bool {
        text.offset(of: 0x0A) == nil && text.offset(of: 0x0D) == nil
    }
}
