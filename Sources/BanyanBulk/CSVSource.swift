import ByteStreams
import HandleProtocol

/// A header, then a record a row (RFC 4180). Column `handle`; the others are named `INDEX:TYPE` or by the mapping. An
/// empty cell is no value. Text is UTF-8, with or without a mark in front, or GB 18030, which is recognised. Cells of
/// HS_ADMIN and HS_VLIST columns are written as in batch files.
struct CSVSource: RecordSource, ~Copyable {
    var lines: LineReader
    private let header: CSVHeader
    private var encoding: TextEncoding

    init(_ lines: consuming LineReader, header: CSVHeader) {
        self.lines = lines
        self.header = header
        encoding = header.encoding
    }

    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent {
        guard try lines.advanceRow() else { return .end }
        if lines.isBlank { return .passedOver }
        guard let fields = CSVRow.fields(of: lines.line.array) else {
            lines.shrinkToFirstLine()
            throw .row(RowError(CSVHeader.quoteReason))
        }
        do throws(RowError) {
            try fill(&buffer, from: fields)
        } catch {
            throw .row(error)
        }
        return .record
    }

    private mutating func fill(_ buffer: inout RecordBuffer, from fields: [[UInt8]]) throws(RowError) {
        guard fields.count == header.names.count else {
            throw RowError(
                "the row has \(fields.count) fields, the header \(header.names.count); quote fields with commas")
        }
        buffer.removeAll()
        for (position, field) in fields.enumerated() where position != header.errorPosition {
            guard let text = encoding.utf8(field) else { throw error(at: position, CSVHeader.encodingReason) }
            guard position != header.handlePosition else {
                guard !text.isEmpty else { throw error(at: position, "the handle is missing; fill the cell") }
                buffer.setHandle(text.rawSpan)
                continue
            }
            guard !text.isEmpty, let column = header.columns[position] else { continue }
            try append(text, column, to: &buffer, name: header.names[position])
        }
        for column in header.constants {
            try append(column.constant ?? [], column, to: &buffer, name: column.type)
        }
    }

    private func append(
        _ text: [UInt8], _ column: ColumnMapping.Column, to buffer: inout RecordBuffer, name: [UInt8]
    ) throws(RowError) {
        var data = text
        if column.type.rawSpan.equalsIgnoringCase("HS_ADMIN") {
            guard let record = ValueText.administrator(text) else {
                throw RowError(field: String(decoding: name, as: UTF8.self), ValueText.administratorReason)
            }
            data = record
        } else if column.type.rawSpan.equalsIgnoringCase("HS_VLIST") {
            guard let record = ValueText.list(text) else {
                throw RowError(field: String(decoding: name, as: UTF8.self), ValueText.listReason)
            }
            data = record
        }
        buffer.append(
            HandleValue(
                index: column.index, timeToLive: column.timeToLive, permissions: column.permissions,
                type: column.type, data: data))
    }

    private func error(at position: Int, _ reason: String) -> RowError {
        RowError(field: String(decoding: header.names[position], as: UTF8.self), reason)
    }

    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool { try lines.resume(at: offset) }

    var place: RowPlace { lines.place }

    func appendRow(to writer: inout ByteWriter) { lines.writeLine(to: &writer) }

    var rejectsHead: [UInt8] {
        CSVRow.text(of: header.names.filter { $0 != CSVHeader.errorColumn } + [CSVHeader.errorColumn])
    }

    /// In UTF-8, with the reason as last column; a reason from an earlier load is replaced.
    func rejected(_ row: RawSpan, reason: String) -> [UInt8] {
        let reason = Array(reason.utf8)
        guard var fields = CSVRow.fields(of: row.array) else {
            // Not a row that could get a column: as it is, behind it its reason in a row that is passed over.
            return row.array + [0x0D, 0x0A]
        }
        if let errorPosition = header.errorPosition, fields.indices.contains(errorPosition) {
            fields.remove(at: errorPosition)
        }
        return CSVRow.text(of: fields.map { encoding.decoded($0) ?? $0 } + [reason])
    }
}
