/// Writes records in the JSON form that HTTP, bulk files and `--json` share, straight from wire encoding.
///
/// Nothing is lost: a typed form stands only where it reads back as the same bytes, a time to live of a kind that the
/// form does not know carries `ttlType`. What JSON cannot hold at all, a type or a handle that is not UTF-8, throws.
extension JSONWriter {
    /// Writes `{"handle":…,"values":[…]}` from values in wire encoding. `keepsEmptyTimestamps` writes timestamps of 0
    /// too, which the REST interface leaves out: a reader would put the present time in their place.
    public mutating func write(
        handle: RawSpan, values: RawSpan, state: RecordState = .active, answered: RawSpan = RawSpan(),
        keepsEmptyTimestamps: Bool = false
    ) throws(WireError) {
        guard UTF8Text.isValid(handle) else { throw WireError(.malformed, field: "handle", offset: 0) }
        beginObject()
        name("handle")
        write(utf8: handle)
        if state != .active {
            name("state")
            write(state.description)
        }
        name("values")
        try write(values: values, keepsEmptyTimestamps: keepsEmptyTimestamps)
        if state != .active {
            name("answered")
            try write(values: answered, keepsEmptyTimestamps: keepsEmptyTimestamps)
        }
        endObject()
    }

    /// Writes an array of values from wire encoding.
    public mutating func write(values: RawSpan, keepsEmptyTimestamps: Bool = false) throws(WireError) {
        beginArray()
        var list = ValueListView(values)
        while let value = try list.next() { try write(value, keepsEmptyTimestamps: keepsEmptyTimestamps) }
        endArray()
    }

    private mutating func write(_ value: ValueView, keepsEmptyTimestamps: Bool) throws(WireError) {
        guard UTF8Text.isValid(value.type) else { throw WireError(.malformed, field: "value type", offset: 18) }
        beginObject()
        name("index")
        write(Int32(bitPattern: value.index))
        name("type")
        write(utf8: value.type)
        name("data")
        write(data: value.data, type: value.type)
        if value.permissions != .usual {
            name("permissions")
            write(utf8: value.permissions.text.rawSpan)
        }
        let kind = value.bytes.byte(at: 8)
        let timeToLive = value.bytes.bigEndianUInt32(at: 9)
        name("ttl")
        if kind == 1 {
            write(Timestamp(secondsSince1970: timeToLive))
        } else {
            write(Int32(bitPattern: timeToLive))
            if kind != 0 {
                name("ttlType")
                write(kind)
            }
        }
        if value.timestamp != 0 || keepsEmptyTimestamps {
            name("timestamp")
            write(Timestamp(secondsSince1970: value.timestamp))
        }
        try writeReferences(of: value)
        endObject()
    }

    private mutating func writeReferences(of value: ValueView) throws(WireError) {
        var reader = ByteReader(value.bytes.extracting(droppingFirst: 22 + value.type.byteCount + value.data.byteCount))
        let count = try reader.readCount("value references", minimumByteCount: ValueReference.minimumByteCount)
        guard count > 0 else { return }
        name("references")
        beginArray()
        for _ in 0..<count {
            let offset = reader.offset
            let handle = try reader.readBytes("reference handle")
            guard UTF8Text.isValid(handle) else {
                throw WireError(.malformed, field: "reference handle", offset: offset)
            }
            beginObject()
            name("handle")
            write(utf8: handle)
            name("index")
            write(Int32(bitPattern: try reader.readUInt32("reference index")))
            endObject()
        }
        endArray()
    }

    /// Writes `{"format":…,"value":…}`: the type's own form where the bytes read back the same, text where they are
    /// text, otherwise base64.
    mutating func write(data: RawSpan, type: RawSpan) {
        beginObject()
        let content = ValueType.content(of: type)
        let start = mark
        if content == .plain {
            if Self.isText(data) {
                format(.string)
                write(utf8: data)
                endObject()
                return
            }
        } else if writeTyped(data, content) {
            endObject()
            return
        }
        rewind(to: start)
        format(.base64)
        write(base64: data)
        endObject()
    }

    private mutating func format(_ format: DataFormat) {
        name("format")
        write(format.name.description)
        name("value")
    }

    /// Writes the typed form and says so; false, with something half written, where there is none.
    private mutating func writeTyped(_ data: RawSpan, _ content: ValueType.Content) -> Bool {
        switch content {
        case .administrator:
            guard let record = try? AdminRecord(parsing: data), record.permissions.isSubset(of: .all),
                record.legacyPadding ?? 0 == 0, UTF8Text.isValid(record.administrator.handle.rawSpan)
            else { return false }
            format(.administrator)
            write(record)
        case .valueList:
            guard let list = try? ValueList(parsing: data),
                list.references.allSatisfy({ UTF8Text.isValid($0.handle.rawSpan) })
            else { return false }
            format(.valueList)
            write(list.references)
        case .site:
            guard let site = try? Site(parsing: data), site.hasJSON else { return false }
            format(.site)
            write(site)
        case .publicKey:
            guard let record = try? PublicKeyRecord(parsing: data) else { return false }
            format(.key)
            return write(record)
        case .plain: return false
        }
        return true
    }

    /// Text that everyone's tools show as such: UTF-8 without control bytes, of which 0x09 to 0x13 count as white
    /// space, as they do for the reference.
    private static func isText(_ bytes: RawSpan) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            let byte = bytes.byte(at: offset)
            guard byte >= 0x20 || (0x09...0x13).contains(byte) else { return false }
            offset &+= 1
        }
        return UTF8Text.isValid(bytes)
    }
}

extension Site {
    /// Whether the JSON form holds everything, so that it reads back as the same bytes.
    var hasJSON: Bool {
        let texts = [hashFilter] + attributes.flatMap { [$0.name, $0.value] }
        let hasPlainServices = servers.allSatisfy { server in
            Int32(bitPattern: server.id) >= 0 && !server.address.hasOddMapping
                && server.interfaces.allSatisfy { $0.service.rawValue < 4 }
        }
        return texts.allSatisfy { UTF8Text.isValid($0.rawSpan) } && flags.isSubset(of: [.primary, .multiPrimary])
            && hasPlainServices
    }
}

extension HandleRecord {
    /// The JSON form; nil when a name or a type is not UTF-8.
    public var json: [UInt8]? {
        var writer = JSONWriter()
        var list = ByteWriter()
        for value in values { value.write(to: &list) }
        let bytes = list.bytes
        guard (try? writer.write(handle: handle.rawSpan, values: bytes.rawSpan)) != nil else { return nil }
        return writer.bytes
    }
}
