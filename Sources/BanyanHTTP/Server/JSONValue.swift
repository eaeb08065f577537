public import HandleProtocol

/// A JSON value as a tree, for small documents: bodies of requests, answers.
public enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order in which they stand.
    case object([(name: String, value: JSONValue)])

    /// Deepest nesting that is read.
    public static let depthMax = 32

    public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// Text, or null.
    public static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    /// The member, null where there is none.
    public subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.name == name }?.value ?? .null
    }

    public var isNull: Bool { if case .null = self { true } else { false } }

    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The text, also of a number: clients mix them.
    public var looseText: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// A whole number, also one that came as text.
    public var integer: Int? { looseText.flatMap { Int($0) } }

    /// True or false, also as text or as 1 and 0.
    public var boolean: Bool? {
        switch self {
        case .boolean(let value): value
        case .string("true"), .string("1"), .number("1"): true
        case .string("false"), .string("0"), .number("0"): false
        default: nil
        }
    }

    public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
}

// MARK: Reading

extension JSONValue {
    /// - Throws: what is not JSON, or nested deeper than `depthMax`.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes.rawSpan)
        self = try Self.value(&reader, in: bytes, depth: 0)
        try reader.end()
    }

    private static func value(
        _ reader: inout JSONReader, in bytes: [UInt8], depth: Int
    ) throws(JSONError) -> JSONValue {
        guard depth < depthMax else { throw JSONError(.tooDeep, offset: reader.position) }
        var isFirst = true
        switch try reader.peek() {
        case .object:
            var members: [(name: String, value: JSONValue)] = []
            try reader.beginObject()
            while let name = try reader.nextMemberString(isFirst: &isFirst) {
                let text = String(decoding: reader.contents(name), as: UTF8.self)
                members.append((text, try value(&reader, in: bytes, depth: depth + 1)))
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement(isFirst: &isFirst) {
                elements.append(try value(&reader, in: bytes, depth: depth + 1))
            }
            return .array(elements)
        case .string: return .string(String(decoding: reader.contents(try reader.readString()), as: UTF8.self))
        case .number: return .number(String(decoding: bytes[try reader.readNumber()], as: UTF8.self))
        case .literal:
            let start = reader.position
            try reader.skipValue()
            switch String(decoding: bytes[start..<reader.position], as: UTF8.self) {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default: return .null
            }
        }
    }
}

// MARK: Writing

extension JSONValue {
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .boolean(let value): output += (value ? "true" : "false").utf8
        case .number(let text): output += text.utf8
        case .string(let text): Self.write(text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                if position > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (position, member) in members.enumerated() {
                if position > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0x0A: output += "\\n".utf8
            case 0..<0x20: output += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = .string(text) }
}
