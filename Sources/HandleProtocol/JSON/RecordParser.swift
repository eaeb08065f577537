/// Reads records from the JSON form that HTTP, bulk files and `--json` share, straight into wire encoding: no tree, no
/// string, nothing allocated once its buffers have grown.
///
///     {"handle":"88.118.8/SN-1","values":[{"index":1,"type":"URL","data":{"format":"string","value":"…"},"ttl":86400,
///      "permissions":"1110","timestamp":"2026-01-02T03:04:05Z","references":[{"handle":"0.NA/1","index":300}]}]}
///
/// Of a handle that is out of use `state` says `suspended` or `withdrawn`, and `answered` holds the values that are
/// answered in place of its own.
///
/// Members come in any order. Beside these, `_error` (a rejects file's reason), `responseCode` and `message` (an
/// answer of the REST interface) are passed over; any other member is refused, since it is a slip of the pen that would
/// be lost in silence.
public struct RecordParser: Sendable {
    /// What a value without a timestamp gets, in seconds since 1970.
    public var defaultTimestamp: UInt32
    var values: ValueParser

    public init(defaultTimestamp: UInt32 = 0) {
        self.defaultTimestamp = defaultTimestamp
        values = ValueParser()
    }

    /// Parses one record. `buffer` is emptied first; after an error its content means nothing. False for an object that
    /// holds no record but only what is passed over.
    @discardableResult
    public mutating func parse(_ text: RawSpan, into buffer: inout RecordBuffer) throws(RecordError) -> Bool {
        buffer.removeAll()
        var reader = JSONReader(text)
        var hasHandle = false
        var hasValues = false
        var hasAnswered = false
        var isRemark = false
        var field: WireField = ""
        var ordinal: Int?
        do throws(JSONError) {
            try reader.beginObject()
            var isFirst = true
            while let name = try reader.nextMember(isFirst: &isFirst) {
                let start = reader.position
                switch name {
                case .handle:
                    field = "handle"
                    guard !hasHandle else { throw JSONError(.repeatedMember, offset: start) }
                    reader.write(try reader.readString(), to: &buffer.handle)
                    hasHandle = true
                case .values:
                    field = "values"
                    guard !hasValues else { throw JSONError(.repeatedMember, offset: start) }
                    hasValues = true
                    try reader.beginArray()
                    var isFirstValue = true
                    while try reader.nextElement(isFirst: &isFirstValue) {
                        buffer.valueCount += 1
                        ordinal = buffer.valueCount
                        try values.parse(&reader, defaultTimestamp: defaultTimestamp, into: &buffer.values)
                        ordinal = nil
                    }
                case .state:
                    field = "state"
                    buffer.state = try reader.readState()
                case .answered:
                    field = "answered"
                    guard !hasAnswered else { throw JSONError(.repeatedMember, offset: start) }
                    hasAnswered = true
                    try reader.beginArray()
                    var isFirstValue = true
                    while try reader.nextElement(isFirst: &isFirstValue) {
                        try values.parse(&reader, defaultTimestamp: defaultTimestamp, into: &buffer.answered)
                    }
                case .error:
                    try reader.skipValue()
                    isRemark = true
                case .responseCode, .message:
                    try reader.skipValue()
                default:
                    throw JSONError(.unknownMember, offset: start)
                }
                field = ""
            }
            try reader.end()
        } catch {
            throw RecordError(valueOrdinal: ordinal, field: ordinal == nil ? field : values.field, error)
        }
        if isRemark, !hasHandle, !hasValues { return false }
        guard hasHandle else { throw RecordError(field: "handle", JSONError(.missingMember, offset: 0)) }
        guard hasValues else { throw RecordError(field: "values", JSONError(.missingMember, offset: 0)) }
        let isAnswered = hasAnswered && buffer.answered.byteCount > 0
        guard isAnswered == (buffer.state != .active) else {
            let reason: JSONError.Reason = isAnswered ? .wanted("a state that is not active") : .missingMember
            throw RecordError(field: isAnswered ? "state" : "answered", JSONError(reason, offset: 0))
        }
        return true
    }
}

extension JSONReader {
    /// `active`, `suspended` or `withdrawn`.
    public mutating func readState() throws(JSONError) -> RecordState {
        let start = position
        let text = contents(try readString())
        guard let state = RecordState.allCases.first(where: { Array($0.description.utf8) == text }) else {
            throw JSONError(.wanted("active, suspended or withdrawn"), offset: start)
        }
        return state
    }
}

extension HandleRecord {
    /// Parses a record in JSON form. For many, `RecordParser` needs no memory of its own for each.
    public init(json: RawSpan, defaultTimestamp: UInt32 = 0) throws(RecordError) {
        var parser = RecordParser(defaultTimestamp: defaultTimestamp)
        var buffer = RecordBuffer()
        guard try parser.parse(json, into: &buffer) else {
            throw RecordError(field: "handle", JSONError(.missingMember, offset: 0))
        }
        guard buffer.state == .active else { throw RecordError(field: "state", JSONError(.unknownMember, offset: 0)) }
        do {
            self = try buffer.record()
        } catch {
            throw RecordError(field: "values", JSONError(.wanted("values of a record"), offset: 0))
        }
    }
}
