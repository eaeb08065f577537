import BanyanRegistry
import ByteStreams
import HandleProtocol

/// A JSON object a line: `handle` and `values_hex`, each value in wire encoding; `homed` homes a prefix, with
/// `case_sensitive` where local names are told apart by case; of a handle that is out of use `state`, and in
/// `answered_hex` what is answered instead; a `meta` line is passed over.
struct WireSource: RecordSource, ~Copyable {
    var lines: LineReader

    init(_ lines: consuming LineReader) { self.lines = lines }

    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent {
        guard try lines.advanceRow() else { return .end }
        if lines.isBlank { return .passedOver }
        do throws(RowError) {
            return try Self.parse(lines.line, into: &buffer)
        } catch {
            throw .row(error)
        }
    }

    private static func parse(_ line: RawSpan, into buffer: inout RecordBuffer) throws(RowError) -> RowContent {
        buffer.removeAll()
        var reader = JSONReader(line)
        var field: WireField = ""
        var (hasHandle, hasValues, isMeta) = (false, false, false)
        var homed: [UInt8]?
        var caseRule = CaseRule.insensitive
        do throws(JSONError) {
            try reader.beginObject()
            var isFirst = true
            while let name = try reader.nextMember(isFirst: &isFirst) {
                switch name {
                case "handle":
                    field = "handle"
                    let handle = reader.contents(try reader.readString())
                    buffer.setHandle(handle.rawSpan)
                    hasHandle = true
                case "values_hex":
                    field = "values_hex"
                    try parseValues(&reader) { (value) throws(WireError) in try buffer.append(wire: value) }
                    hasValues = true
                case "state":
                    field = "state"
                    buffer.state = try reader.readState()
                case "answered_hex":
                    field = "answered_hex"
                    try parseValues(&reader) { (value) throws(WireError) in try buffer.appendAnswered(wire: value) }
                case "homed":
                    field = "homed"
                    homed = reader.contents(try reader.readString())
                case "case_sensitive":
                    field = "case_sensitive"
                    caseRule = try reader.readBoolean() ? .sensitiveLocalName : .insensitive
                default:
                    if name == "meta" || name == "_error" { isMeta = true }
                    try reader.skipValue()
                }
                field = ""
            }
            try reader.end()
        } catch {
            let place =
                field == "values_hex" && buffer.valueCount > 0 ? "values_hex[\(buffer.valueCount + 1)]" : "\(field)"
            throw RowError(field: place, "\(error.reason) (column \(error.offset + 1))")
        }
        if let homed {
            guard let prefix = Prefix(homed) else {
                throw RowError(field: "homed", "no prefix; give it as 0.NA/PREFIX")
            }
            return .changes([.home(prefix: prefix.bytes, caseRule: caseRule)])
        }
        if isMeta, !hasHandle { return .passedOver }
        guard hasHandle else { throw RowError(field: "handle", "the member is missing; add it") }
        guard hasValues else { throw RowError(field: "values_hex", "the member is missing; add it") }
        guard (buffer.state != .active) == (buffer.answered.byteCount > 0) else {
            throw RowError(field: "answered_hex", "goes with a state that is not active, and only with one")
        }
        return .record
    }

    private static func parseValues(
        _ reader: inout JSONReader, _ append: (RawSpan) throws(WireError) -> Void
    ) throws(JSONError) {
        try reader.beginArray()
        var isFirst = true
        while try reader.nextElement(isFirst: &isFirst) {
            let start = reader.position
            guard let bytes = reader.hex(try reader.readString()), (try? append(bytes.rawSpan)) != nil
            else { throw JSONError(.wanted("one handle value in wire encoding as hexadecimal digits"), offset: start) }
        }
    }

    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool { try lines.resume(at: offset) }

    var place: RowPlace { lines.place }

    func appendRow(to writer: inout ByteWriter) { lines.writeLine(to: &writer) }

    func rejected(_ row: RawSpan, reason: String) -> [UInt8] { JSONRow.rejected(row, reason: reason) }
}
