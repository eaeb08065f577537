import BanyanRegistry
import ByteStreams
import HandleProtocol

/// Records in JSON texts that are no lines: what the Handle tools write of a server's storage (`homedPrefixes`,
/// `handleRecords`), what the SNMS interface answers or exports (`templateVersion`, `value`), lists of records.
struct JSONDocumentSource: RecordSource, ~Copyable {
    private var document: JSONDocumentReader

    init(_ lines: consuming LineReader) { document = JSONDocumentReader(lines) }

    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent {
        switch try document.next() {
        case .end: return .end
        case .record:
            do throws(RowError) { return try DocumentRecord.parse(document.item, into: &buffer) } catch {
                throw .row(error)
            }
        case .prefix:
            do throws(RowError) { return .changes([try Self.home(document.item)]) } catch { throw .row(error) }
        }
    }

    private static func home(_ text: RawSpan) throws(RowError) -> Change {
        var reader = JSONReader(text)
        guard let name = try? reader.readString(), let prefix = Prefix(reader.contents(name)) else {
            throw RowError(field: "homedPrefixes", "no prefix; give it as 0.NA/PREFIX")
        }
        // The reference's storage does not tell its case rule; its servers fold names unless told otherwise.
        return .home(prefix: prefix.bytes, caseRule: .insensitive)
    }

    /// What stands in front is walked through again: only so is it known where in the text the place lies.
    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool {
        while document.offset < offset {
            do throws(SourceError) {
                if case .end = try document.next() { return false }
            } catch {
                guard case .row = error else { throw error }
            }
        }
        return document.offset == offset
    }

    var place: RowPlace {
        RowPlace(line: document.line, offset: document.offset, filePosition: document.filePosition)
    }

    func appendRow(to writer: inout ByteWriter) { writer.write(raw: document.item) }

    func rejected(_ row: RawSpan, reason: String) -> [UInt8] { JSONRow.rejected(row, reason: reason) }
}

/// A record in one of the forms that lie in such texts.
private enum DocumentRecord {
    static func parse(_ text: RawSpan, into buffer: inout RecordBuffer) throws(RowError) -> RowContent {
        switch try form(of: text) {
        case .template:
            throw RowError(
                field: "items", "a data template, no record; create it with POST /snms/api/v5/template, then load again"
            )
        case .business:
            try BusinessRecord.parse(text, into: &buffer)
            return .record
        case .record(let values):
            var parser = RecordParser()
            do throws(RecordError) {
                guard let values else { return try parser.parse(text, into: &buffer) ? .record : .passedOver }
                let flat = flattened(text, values)
                return try parser.parse(flat.rawSpan, into: &buffer) ? .record : .passedOver
            } catch {
                throw RowError(error)
            }
        }
    }

    private enum Form {
        /// As the REST interface has it; where its values are an object, by index, where that stands.
        case record(values: Range<Int>?)
        /// As SNMS has it.
        case business
        case template
    }

    private static func form(of text: RawSpan) throws(RowError) -> Form {
        var reader = JSONReader(text)
        var isFirst = true
        var values: Range<Int>?
        do throws(JSONError) {
            try reader.beginObject()
            while let name = try reader.nextMember(isFirst: &isFirst) {
                if name == "items" { return .template }
                if name == "value" || name == "templateVersion" { return .business }
                let start = reader.position
                let isObject = try reader.peek() == .object
                try reader.skipValue()
                if name == "values", isObject { values = start..<reader.position }
            }
        } catch {
            throw RowError("\(error.reason) (column \(error.offset + 1))")
        }
        return .record(values: values)
    }

    /// The record with its values as an array.
    private static func flattened(_ text: RawSpan, _ values: Range<Int>) -> [UInt8] {
        var writer = ByteWriter(capacity: text.byteCount)
        writer.write(raw: text.extracting(0..<values.lowerBound))
        writer.write(UInt8(ascii: "["))
        var reader = JSONReader(text.extracting(values))
        var isFirst = true
        var isFirstValue = true
        // It has been walked over before.
        _ = try? reader.beginObject()
        while (try? reader.nextMemberString(isFirst: &isFirst)) ?? nil != nil {
            let start = reader.position
            guard (try? reader.skipValue()) != nil else { break }
            if !isFirstValue { writer.write(UInt8(ascii: ",")) }
            isFirstValue = false
            writer.write(raw: text.extracting((values.lowerBound + start)..<(values.lowerBound + reader.position)))
        }
        writer.write(UInt8(ascii: "]"))
        writer.write(raw: text.extracting(values.upperBound..<text.byteCount))
        return writer.bytes
    }
}
