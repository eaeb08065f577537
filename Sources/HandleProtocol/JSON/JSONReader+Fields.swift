/// The members that records share.
extension JSONReader {
    /// An index: a number, or a string of decimal digits as some clients send it. Kept as the 32 bits of a signed
    /// number, which is what it is on the wire; whether it may be negative is not this form's business.
    mutating func readIndex() throws(JSONError) -> UInt32 {
        let start = position
        let wanted = JSONError(.wanted("a whole number below 2147483648"), offset: start)
        let characters: Range<Int>
        switch try peek() {
        case .number: characters = try readNumber()
        case .string: characters = try readString().range
        default: throw wanted
        }
        guard let value = Self.integer(bytes.extracting(characters)), let index = Int32(exactly: value)
        else { throw wanted }
        return UInt32(bitPattern: index)
    }

    /// A number is seconds, a text is a point in time.
    mutating func readTimeToLive() throws(JSONError) -> TimeToLive {
        let start = position
        switch try peek() {
        case .number:
            guard let value = Self.integer(bytes.extracting(try readNumber())), let seconds = Int32(exactly: value)
            else { throw JSONError(.wanted("whole seconds below 2147483648, or a time as text"), offset: start) }
            return .seconds(UInt32(bitPattern: seconds))
        case .string: return .until(try readTimestamp().secondsSince1970)
        default: throw JSONError(.wanted("a number of seconds, or a time as text"), offset: start)
        }
    }

    mutating func readTimestamp() throws(JSONError) -> Timestamp {
        let start = position
        guard try peek() == .string, let time = Timestamp(text: raw(try readString())) else {
            throw JSONError(.wanted("a time as 2026-01-02T03:04:05Z, from 1970 to 2106"), offset: start)
        }
        return time
    }

    /// Four digits: administrators read, administrators write, everyone reads, everyone writes.
    mutating func readPermissions() throws(JSONError) -> Permission {
        let start = position
        guard try peek() == .string, let permissions = Permission(text: raw(try readString())) else {
            throw JSONError(.wanted("four digits 0 or 1 as text, as in \"1110\""), offset: start)
        }
        return permissions
    }

    /// Writes a count and the references of the array here, wire form. `field` follows what is being read.
    mutating func writeReferences(
        to writer: inout ByteWriter, field: inout WireField, _ handleField: WireField, _ indexField: WireField
    ) throws(JSONError) {
        let outer = field
        let countOffset = writer.byteCount
        writer.write(0 as UInt32)
        var count: UInt32 = 0
        try beginArray()
        var isFirst = true
        while try nextElement(isFirst: &isFirst) {
            try writeReference(to: &writer, field: &field, handleField, indexField)
            count += 1
            field = outer
        }
        writer.overwrite(count, at: countOffset)
    }

    private mutating func writeReference(
        to writer: inout ByteWriter, field: inout WireField, _ handleField: WireField, _ indexField: WireField
    ) throws(JSONError) {
        let start = position
        var handle: JSONString?
        var index: UInt32?
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case .handle:
                field = handleField
                handle = try readString()
            case .index:
                field = indexField
                index = try readIndex()
            default: throw failure(.unknownMember)
            }
        }
        field = handleField
        guard let handle else { throw JSONError(.missingMember, offset: start) }
        field = indexField
        guard let index else { throw JSONError(.missingMember, offset: start) }
        let fieldStart = writer.beginField()
        write(handle, to: &writer)
        writer.endField(at: fieldStart)
        writer.write(index)
    }
}
