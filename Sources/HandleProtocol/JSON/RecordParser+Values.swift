extension RecordParser {
    /// Parses what a client of the REST interface puts: an array of values, an object with `values` and perhaps
    /// `handle`, or one value bare. `buffer` is emptied first; its handle stays empty where none is named.
    public mutating func parseValues(_ text: RawSpan, into buffer: inout RecordBuffer) throws(RecordError) {
        var reader = JSONReader(text)
        let isRecord: Bool
        do throws(JSONError) {
            switch try reader.peek() {
            case .array: isRecord = false
            case .object: isRecord = try Self.hasValues(reader)
            default: throw reader.failure(.wanted("an array of values, or an object"))
            }
        } catch {
            throw RecordError(field: "", error)
        }
        if isRecord { return try parseRecordWithoutHandle(text, into: &buffer) }
        buffer.removeAll()
        var ordinal: Int?
        do throws(JSONError) {
            if try reader.peek() == .object {
                buffer.valueCount = 1
                ordinal = 1
                try values.parse(&reader, defaultTimestamp: defaultTimestamp, into: &buffer.values)
            } else {
                try reader.beginArray()
                var isFirst = true
                while try reader.nextElement(isFirst: &isFirst) {
                    buffer.valueCount += 1
                    ordinal = buffer.valueCount
                    try values.parse(&reader, defaultTimestamp: defaultTimestamp, into: &buffer.values)
                    ordinal = nil
                }
            }
            ordinal = nil
            try reader.end()
        } catch {
            throw RecordError(valueOrdinal: ordinal, field: ordinal == nil ? "" : values.field, error)
        }
    }

    private mutating func parseRecordWithoutHandle(
        _ text: RawSpan, into buffer: inout RecordBuffer
    ) throws(RecordError) {
        do throws(RecordError) { try parse(text, into: &buffer) } catch {
            guard error == RecordError(field: "handle", JSONError(.missingMember, offset: 0)) else { throw error }
        }
    }

    private static func hasValues(_ start: JSONReader) throws(JSONError) -> Bool {
        var reader = start
        try reader.beginObject()
        var isFirst = true
        while let name = try reader.nextMember(isFirst: &isFirst) {
            if name == .values { return true }
            try reader.skipValue()
        }
        return false
    }
}
