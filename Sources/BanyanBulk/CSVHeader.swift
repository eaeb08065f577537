import ByteStreams
import HandleProtocol

/// The header of a CSV file: what its columns become.
struct CSVHeader {
    static let handleColumn = Array("handle".utf8)
    static let errorColumn = Array("_error".utf8)

    /// In UTF-8.
    let names: [[UInt8]]
    let handlePosition: Int
    let errorPosition: Int?
    /// What each column becomes; nil for `handle` and `_error`.
    let columns: [ColumnMapping.Column?]
    /// What every record gets besides.
    let constants: [ColumnMapping.Column]
    /// What the file is written in, as far as is known.
    let encoding: TextEncoding

    static let quoteReason = """
        a quote stands inside a field or is not closed; put the field in double quotes and double those inside
        """
    static let encodingReason = "neither UTF-8 nor GB 18030; save the file as UTF-8"

    /// Takes the first line that is not blank.
    init(parsing lines: inout LineReader, mapping: ColumnMapping, path: String) throws(BulkError) {
        func wrong(_ field: String, _ reason: String) -> BulkError {
            .configuration(path: path, line: max(lines.place.line, 1), RowError(field: field, reason))
        }
        let sample: [UInt8]
        var hasLine = true
        do throws(StreamError) {
            sample = try lines.peek(64 << 10)
            repeat { hasLine = try lines.advance() } while hasLine && lines.isBlank
        } catch {
            throw .stream(error)
        }
        guard hasLine else { throw wrong("", "the file is empty; it needs a header with the column `handle`") }
        var encoding = TextEncoding(sample)
        guard let fields = CSVRow.fields(of: lines.line.array) else { throw wrong("", Self.quoteReason) }
        var names: [[UInt8]] = []
        var columns: [ColumnMapping.Column?] = []
        for field in fields {
            guard let name = encoding.utf8(field) else { throw wrong("", Self.encodingReason) }
            let text = String(decoding: name, as: UTF8.self)
            guard !names.contains(name) else { throw wrong(text, "the column is there twice; take one out") }
            names.append(name)
            if name == Self.handleColumn || name == Self.errorColumn {
                columns.append(nil)
            } else if let column = mapping.columns[text] ?? ColumnMapping.Column(headerName: name) {
                columns.append(column)
            } else {
                throw wrong(text, "name the column INDEX:TYPE, or give it index and type with --map")
            }
        }
        guard let handlePosition = names.firstIndex(of: Self.handleColumn) else {
            throw wrong("", "the header has no column `handle`; add it")
        }
        let texts = Set(names.map { String(decoding: $0, as: UTF8.self) })
        constants = mapping.columns.filter { !texts.contains($0.key) && $0.value.constant != nil }.map(\.value)
            .sorted { $0.index < $1.index }
        self.names = names
        self.handlePosition = handlePosition
        errorPosition = names.firstIndex(of: Self.errorColumn)
        self.columns = columns
        self.encoding = encoding
    }
}
