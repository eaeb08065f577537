/// A JSON document as a tree: what the vector files hold (RFC 8259). Integers keep all their digits.
public indirect enum JSONTree: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// The member, `null` where there is none.
    public subscript(_ name: String) -> JSONTree {
        guard case .object(let members) = self else { return .null }
        return members[name] ?? .null
    }

    /// The element, `null` where there is none.
    public subscript(_ position: Int) -> JSONTree {
        guard case .array(let elements) = self, elements.indices.contains(position) else { return .null }
        return elements[position]
    }

    public var isNull: Bool { self == .null }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    public var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    public var array: [JSONTree]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    public var object: [String: JSONTree]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The bytes that a string of hexadecimal digits stands for; nil for anything else.
    public var hex: [UInt8]? { string.flatMap(bytes(hex:)) }

    /// Parses one document; nil when the bytes are not one.
    public init?(parsing bytes: ArraySlice<UInt8>) {
        var parser = JSONParser(bytes: bytes, position: bytes.startIndex)
        guard let tree = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        guard parser.position == bytes.endIndex else { return nil }
        self = tree
    }
}

/// The bytes of a string of hexadecimal digits; nil when it is not one.
public func bytes(hex: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(hex.utf8.count / 2)
    var high: UInt8?
    for digit in hex.utf8 {
        let value: UInt8
        switch digit {
        case 0x30...0x39: value = digit - 0x30
        case 0x61...0x66: value = digit - 0x57
        case 0x41...0x46: value = digit - 0x37
        default: return nil
        }
        if let first = high {
            result.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return high == nil ? result : nil
}

/// Lower-case hexadecimal digits.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private struct JSONParser {
    let bytes: ArraySlice<UInt8>
    var position: Int

    var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func take(word: StaticString) -> Bool {
        let text = Array(word.description.utf8)
        guard bytes[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    mutating func value(depth: Int) -> JSONTree? {
        guard depth < 64 else { return nil }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map(JSONTree.string)
        case UInt8(ascii: "t"): return take(word: "true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default: return number()
        }
    }

    mutating func object(depth: Int) -> JSONTree? {
        position += 1
        var members: [String: JSONTree] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\""), let name = string(), take(UInt8(ascii: ":")),
                let member = value(depth: depth + 1)
            else { return nil }
            members[name] = member
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    mutating func array(depth: Int) -> JSONTree? {
        position += 1
        var elements: [JSONTree] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    mutating func number() -> JSONTree? {
        let start = position
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let value = Int64(text) { return .integer(value) }
        return Double(text).map(JSONTree.number)
    }

    mutating func string() -> String? {
        position += 1
        let start = position
        guard let end = bytes[start...].firstIndex(where: { $0 == 0x22 || $0 == 0x5C }) else { return nil }
        position = end
        if bytes[end] == 0x22 {
            position += 1
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }
        var units = Array(String(decoding: bytes[start..<end], as: UTF8.self).utf16)
        while let byte = next {
            position += 1
            switch byte {
            case 0x22: return String(decoding: units, as: UTF16.self)
            case 0x5C:
                guard let unit = escape() else { return nil }
                units.append(unit)
            default:
                let run = position - 1
                let stop = bytes[run...].firstIndex(where: { $0 == 0x22 || $0 == 0x5C }) ?? bytes.endIndex
                units.append(contentsOf: String(decoding: bytes[run..<stop], as: UTF8.self).utf16)
                position = stop
            }
        }
        return nil
    }

    mutating func escape() -> UInt16? {
        guard let byte = next else { return nil }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case 0x22, 0x5C, 0x2F: return UInt16(byte)
        case UInt8(ascii: "u"):
            guard bytes.endIndex - position >= 4 else { return nil }
            let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
            position += 4
            return UInt16(digits, radix: 16)
        default: return nil
        }
    }
}
