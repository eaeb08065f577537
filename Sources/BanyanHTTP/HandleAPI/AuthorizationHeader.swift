import HandleProtocol

/// What stands in an `Authorization` head field (RFC 9110 §11.6.2), as far as it is known here.
enum AuthorizationHeader: Equatable {
    /// RFC 7617. The user is `INDEX:HANDLE` or a handle, percent-encoded.
    case basic(key: ValueReference, password: [UInt8])
    /// The Handle System's own: names in lower case.
    case handle([String: String])
    /// A token of this node (RFC 6750).
    case bearer(String)
    case unknown

    init(_ text: String) {
        let halves = text.split(separator: " ", maxSplits: 1)
        let rest = halves.count > 1 ? halves[1].drop { $0 == " " } : ""
        switch halves.first?.lowercased() {
        case "basic": self = Self.basic(rest) ?? .unknown
        case "handle": self = Self.parameters(rest).map(Self.handle) ?? .unknown
        case "bearer": self = .bearer(String(rest))
        default: self = .unknown
        }
    }

    /// User and password are parted at the first colon; the user is decoded after that, since it may hold one.
    private static func basic(_ text: Substring) -> AuthorizationHeader? {
        let encoded = Array(text.utf8)
        var writer = ByteWriter()
        guard Base64.decode(encoded.rawSpan, into: &writer) else { return nil }
        let bytes = writer.bytes
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let key = reference(String(decoding: bytes[..<colon], as: UTF8.self))
        else { return nil }
        return .basic(key: key, password: Array(bytes[(colon + 1)...]))
    }

    /// A key's name, percent-encoded: `INDEX:HANDLE`, or a handle alone, any of whose keys is meant.
    static func reference(_ encoded: String) -> ValueReference? {
        guard let name = PercentEncoding.decode(encoded), !name.isEmpty, UTF8Text.isValid(name.rawSpan) else {
            return nil
        }
        return ValueReference(text: name.rawSpan) ?? ValueReference(handle: name, index: 0)
    }

    /// `name=token` and `name="quoted"` pairs with commas between (RFC 9110 §11.2).
    private static func parameters(_ text: Substring) -> [String: String]? {
        var parameters: [String: String] = [:]
        var rest = text
        func skip(_ characters: Set<Character>) { rest = rest.drop { characters.contains($0) } }
        skip([" ", ","])
        while !rest.isEmpty {
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            guard !name.isEmpty, parameters.count < 32 else { return nil }
            rest = rest.dropFirst(name.count)
            skip([" "])
            guard rest.first == "=" else { return nil }
            rest.removeFirst()
            skip([" "])
            var value = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while let character = rest.popFirst(), character != "\"" {
                    value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
                }
            } else {
                value = String(rest.prefix { $0 != "," && $0 != " " })
                rest = rest.dropFirst(value.count)
            }
            parameters[name.lowercased()] = value
            skip([" ", ","])
        }
        return parameters
    }
}
