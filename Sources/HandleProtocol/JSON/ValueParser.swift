/// Reads one handle value from its JSON object into wire encoding. Members come in any order, the wire's do not: so a
/// first pass checks everything and notes where things are, and a second writes.
struct ValueParser: Sendable {
    /// The member that was being read: what an error is about.
    private(set) var field: WireField = ""

    /// What one object said. Members that were absent keep what is set here.
    private struct Members {
        var index: UInt32 = 0
        var timestamp: UInt32
        var timeToLive = TimeToLive.usual
        var permissions = Permission.usual
        var type: JSONString?
        var data: DataMember?
        /// Where the array of references begins.
        var references: Int?
        var seen: UInt16 = 0
    }

    /// The `data` member: its format, and where its value stands.
    private enum DataMember {
        case text(JSONString)
        /// A number's characters, taken as text.
        case number(Range<Int>)
        case formatted(DataFormat, at: Int)
    }

    mutating func parse(
        _ reader: inout JSONReader, defaultTimestamp: UInt32, into writer: inout ByteWriter
    ) throws(JSONError) {
        field = ""
        let start = reader.position
        var members = Members(timestamp: defaultTimestamp)
        try reader.beginObject()
        var isFirst = true
        while let name = try reader.nextMember(isFirst: &isFirst) {
            try parse(name, &reader, into: &members)
            field = ""
        }
        guard members.seen & 0b111 == 0b111 else {
            field = members.seen & 1 == 0 ? "index" : members.seen & 2 == 0 ? "type" : "data"
            throw JSONError(.missingMember, offset: start)
        }
        try write(members, reader, to: &writer)
    }

    private mutating func parse(
        _ name: MemberName, _ reader: inout JSONReader, into members: inout Members
    ) throws(JSONError) {
        let start = reader.position
        let bit: UInt16
        switch name {
        case .index:
            (field, bit) = ("index", 0)
            members.index = try reader.readIndex()
        case .type:
            (field, bit) = ("type", 1)
            members.type = try reader.readString()
        case .data:
            (field, bit) = ("data", 2)
            members.data = try parseData(&reader)
        case .timeToLive:
            (field, bit) = ("ttl", 3)
            let timeToLive = try reader.readTimeToLive()
            members.timeToLive.value = timeToLive.value
            if timeToLive.kind != 0 { members.timeToLive.kind = timeToLive.kind }
        case .permissions:
            (field, bit) = ("permissions", 4)
            members.permissions = try reader.readPermissions()
        case .timestamp:
            (field, bit) = ("timestamp", 5)
            members.timestamp = try reader.readTimestamp().secondsSince1970
        case .references:
            (field, bit) = ("references", 6)
            members.references = start
            try reader.skipValue()
        case .timeToLiveKind:
            (field, bit) = ("ttlType", 7)
            guard let kind = UInt8(exactly: try reader.readInteger()) else {
                throw JSONError(.wanted("a number from 0 to 255"), offset: start)
            }
            members.timeToLive.kind = kind
        default:
            throw JSONError(.unknownMember, offset: start)
        }
        guard members.seen & 1 << bit == 0 else { throw JSONError(.repeatedMember, offset: start) }
        members.seen |= 1 << bit
    }

    private mutating func parseData(_ reader: inout JSONReader) throws(JSONError) -> DataMember {
        switch try reader.peek() {
        case .string: return .text(try reader.readString())
        case .number: return .number(try reader.readNumber())
        case .object: break
        default: throw reader.failure(.wanted("a string, or an object with format and value"))
        }
        let start = reader.position
        var format: DataFormat?
        var value: Int?
        var text: JSONString?
        try reader.beginObject()
        var isFirst = true
        while let name = try reader.nextMember(isFirst: &isFirst) {
            let memberStart = reader.position
            switch name {
            case .format:
                field = "data.format"
                guard format == nil else { throw JSONError(.repeatedMember, offset: memberStart) }
                format = try reader.readDataFormat()
            case .value:
                field = "data.value"
                guard value == nil else { throw JSONError(.repeatedMember, offset: memberStart) }
                value = memberStart
                if try reader.peek() == .string { text = try reader.readString() } else { try reader.skipValue() }
            default:
                throw JSONError(.unknownMember, offset: memberStart)
            }
            field = "data"
        }
        field = "data.format"
        guard let format else { throw JSONError(.missingMember, offset: start) }
        field = "data.value"
        guard let value else { throw JSONError(.missingMember, offset: start) }
        field = "data"
        if format == .string, let text { return .text(text) }
        return .formatted(format, at: value)
    }

    private mutating func write(
        _ members: Members, _ reader: JSONReader, to writer: inout ByteWriter
    ) throws(JSONError) {
        writer.write(members.index)
        writer.write(members.timestamp)
        members.timeToLive.write(to: &writer)
        writer.write(members.permissions.rawValue)
        let typeStart = writer.beginField()
        if let type = members.type { reader.write(type, to: &writer) }
        writer.endField(at: typeStart)
        let dataStart = writer.beginField()
        switch members.data {
        case .text(let text): reader.write(text, to: &writer)
        case .number(let characters): writer.write(raw: reader.bytes.extracting(characters))
        case .formatted(let format, let offset):
            field = "data.value"
            var value = reader
            value.position = offset
            try value.writeData(format, to: &writer, field: &field)
        case nil: break
        }
        writer.endField(at: dataStart)
        field = "references"
        if let offset = members.references {
            var references = reader
            references.position = offset
            try references.writeReferences(to: &writer, field: &field, "references.handle", "references.index")
        } else {
            writer.write(0 as UInt32)
        }
        field = ""
    }
}

extension ByteWriter {
    /// Leaves four bytes for a length; `endField` fills them when the field's bytes are written.
    mutating func beginField() -> Int {
        write(0 as UInt32)
        return byteCount
    }

    mutating func endField(at start: Int) {
        overwrite(UInt32(truncatingIfNeeded: byteCount - start), at: start - 4)
    }
}
