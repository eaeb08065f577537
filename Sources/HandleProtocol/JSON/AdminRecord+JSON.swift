/// `{"handle":"0.NA/88.118.8","index":300,"permissions":"111111111111"}`, and `"legacyByteLength":true` for a record
/// with the old padding.
extension JSONReader {
    /// Writes the HS_ADMIN record that the object here stands for. `field` follows what is being read.
    mutating func writeAdminRecord(to writer: inout ByteWriter, field: inout WireField) throws(JSONError) {
        let start = position
        var handle: JSONString?
        var index: UInt32?
        var permissions: AdminPermissions?
        var isLegacy = false
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case .handle:
                field = "data.value.handle"
                handle = try readString()
            case .index:
                field = "data.value.index"
                index = try readIndex()
            case .permissions:
                field = "data.value.permissions"
                permissions = try readAdminPermissions()
            case "legacyByteLength":
                field = "data.value.legacyByteLength"
                isLegacy = try readBoolean()
            default: throw failure(.unknownMember)
            }
            field = "data.value"
        }
        field = "data.value.handle"
        guard let handle else { throw JSONError(.missingMember, offset: start) }
        field = "data.value.index"
        guard let index else { throw JSONError(.missingMember, offset: start) }
        field = "data.value.permissions"
        guard let permissions else { throw JSONError(.missingMember, offset: start) }
        writer.write(permissions.rawValue)
        let fieldStart = writer.beginField()
        write(handle, to: &writer)
        writer.endField(at: fieldStart)
        writer.write(index)
        if isLegacy { writer.write(0 as UInt16) }
    }

    /// Twelve digits as text, `"*"` or true for all, false for none, a number of which the bits count, or an array of
    /// twelve numbers or truth values in the order of the digits.
    mutating func readAdminPermissions() throws(JSONError) -> AdminPermissions {
        let start = position
        let wanted = JSONError(.wanted("twelve digits 0 or 1 as text, from list handles to add handle"), offset: start)
        switch try peek() {
        case .string:
            let text = raw(try readString())
            if text.byteCount == 1, text.byte(at: 0) == UInt8(ascii: "*") { return .all }
            guard let permissions = AdminPermissions(text: text) else { throw wanted }
            return permissions
        case .number:
            guard let value = UInt16(exactly: try readInteger()), value <= AdminPermissions.all.rawValue else {
                throw wanted
            }
            return AdminPermissions(rawValue: value)
        case .literal: return try readBoolean() ? .all : []
        case .array:
            var digits: [UInt8] = []
            try beginArray()
            var isFirst = true
            while digits.count < 12, try nextElement(isFirst: &isFirst) {
                switch try peek() {
                case .number: digits.append(try readInteger() == 0 ? 0x30 : 0x31)
                default: digits.append(try readBoolean() ? 0x31 : 0x30)
                }
            }
            guard try !nextElement(isFirst: &isFirst), let permissions = AdminPermissions(text: digits.rawSpan) else {
                throw wanted
            }
            return permissions
        case .object: throw wanted
        }
    }
}

extension JSONWriter {
    mutating func write(_ record: AdminRecord) {
        beginObject()
        name("handle")
        write(utf8: record.administrator.handle.rawSpan)
        name("index")
        write(Int32(bitPattern: record.administrator.index))
        name("permissions")
        write(utf8: record.permissions.text.rawSpan)
        if record.legacyPadding != nil {
            name("legacyByteLength")
            write(true)
        }
        endObject()
    }

    mutating func write(_ references: [ValueReference]) {
        beginArray()
        for reference in references {
            beginObject()
            name("handle")
            write(utf8: reference.handle.rawSpan)
            name("index")
            write(Int32(bitPattern: reference.index))
            endObject()
        }
        endArray()
    }
}
