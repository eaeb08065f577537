/// How the bytes of a value stand in its JSON form.
public enum DataFormat: Sendable {
    case string, base64, hex, administrator, valueList, site, key

    /// As `data.format` names it.
    public var name: StaticString {
        switch self {
        case .string: "string"
        case .base64: "base64"
        case .hex: "hex"
        case .administrator: "admin"
        case .valueList: "vlist"
        case .site: "site"
        case .key: "key"
        }
    }

    /// Names are read in any case.
    init?(_ name: RawSpan) {
        if name.equalsIgnoringCase("string") {
            self = .string
        } else if name.equalsIgnoringCase("admin") {
            self = .administrator
        } else if name.equalsIgnoringCase("base64") {
            self = .base64
        } else if name.equalsIgnoringCase("hex") {
            self = .hex
        } else if name.equalsIgnoringCase("vlist") {
            self = .valueList
        } else if name.equalsIgnoringCase("site") {
            self = .site
        } else if name.equalsIgnoringCase("key") {
            self = .key
        } else {
            return nil
        }
    }
}

extension JSONReader {
    mutating func readDataFormat() throws(JSONError) -> DataFormat {
        let start = position
        guard let format = DataFormat(raw(try readString())) else {
            throw JSONError(.wanted("one of string, base64, hex, admin, vlist, site, key"), offset: start)
        }
        return format
    }

    /// Writes the bytes that the value here stands for. `field` follows what is being read.
    mutating func writeData(
        _ format: DataFormat, to writer: inout ByteWriter, field: inout WireField
    ) throws(JSONError) {
        let start = position
        switch format {
        case .string:
            if try peek() == .number {
                writer.write(raw: bytes.extracting(try readNumber()))
            } else {
                write(try readString(), to: &writer)
            }
        case .base64:
            guard try writeDecoded({ text, writer in Base64.decode(text, into: &writer) }, to: &writer) else {
                throw JSONError(.wanted("base64 (RFC 4648)"), offset: start)
            }
        case .hex:
            guard try writeDecoded({ text, writer in Hex.decode(text, into: &writer) }, to: &writer) else {
                throw JSONError(.wanted("hexadecimal digits, two a byte"), offset: start)
            }
        case .administrator: try writeAdminRecord(to: &writer, field: &field)
        case .valueList: try writeReferences(to: &writer, field: &field, "data.value.handle", "data.value.index")
        case .site: try readSite(field: &field).write(to: &writer)
        case .key: try readPublicKey(field: &field).write(to: &writer)
        }
    }

    /// Decodes the string here without copying it first, unless escapes stand in it.
    mutating func writeDecoded(
        _ decode: (RawSpan, inout ByteWriter) -> Bool, to writer: inout ByteWriter
    ) throws(JSONError) -> Bool {
        let text = try readString()
        guard text.hasEscapes else { return decode(raw(text), &writer) }
        let contents = contents(text)
        return decode(contents.rawSpan, &writer)
    }
}
