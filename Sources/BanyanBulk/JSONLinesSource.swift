import ByteStreams
import HandleProtocol

/// A record of the REST interface a line: the format that is read fastest.
struct JSONLinesSource: RecordSource, ~Copyable {
    var lines: LineReader

    init(_ lines: consuming LineReader) { self.lines = lines }

    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent {
        guard try lines.advanceRow() else { return .end }
        if lines.isBlank { return .passedOver }
        var parser = RecordParser()
        do throws(RecordError) {
            return try parser.parse(lines.line, into: &buffer) ? .record : .passedOver
        } catch {
            throw .row(RowError(error))
        }
    }

    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool { try lines.resume(at: offset) }

    var place: RowPlace { lines.place }

    func appendRow(to writer: inout ByteWriter) { lines.writeLine(to: &writer) }

    func rejected(_ row: RawSpan, reason: String) -> [UInt8] { JSONRow.rejected(row, reason: reason) }
}

extension RowError {
    static let lineTooLong = RowError("the line is longer than 2 MiB; no record is that long")
}

extension LineReader {
    /// As `advance`; a line that is too long is a bad row.
    mutating func advanceRow() throws(SourceError) -> Bool {
        do throws(StreamError) {
            guard try advance() else { return false }
        } catch {
            throw .stream(error)
        }
        if isTooLong { throw .row(.lineTooLong) }
        return true
    }

    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool {
        do { return try skip(to: offset) } catch { throw .stream(error) }
    }

    var place: RowPlace { RowPlace(line: number, offset: offset, filePosition: filePosition) }

    /// Whether the line last given holds nothing but white space.
    var isBlank: Bool {
        let line = line
        for offset in 0..<line.byteCount where line.byte(at: offset) > 0x20 { return false }
        return true
    }
}
