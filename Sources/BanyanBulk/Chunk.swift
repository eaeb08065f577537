import BanyanRegistry
import HandleProtocol

/// A set of changes on its way to the store, with the rows that they come from: when the store refuses one, its line
/// and text are at hand.
struct Chunk: Sendable {
    var changes: ChangeSet
    /// The text of rows one behind the other; empty when nobody wants rejects.
    private(set) var text = ByteWriter()
    private var rows: [Row] = []

    private struct Row {
        var line: Int
        var text: Range<Int>
    }

    init(_ changes: ChangeSet) { self.changes = changes }

    /// Appends a registration.
    mutating func append(_ record: RecordBuffer) {
        guard record.state != .active else {
            return changes.appendPut(handle: record.handle.bytes.rawSpan, values: record.values.bytes.rawSpan)
        }
        changes.appendPut(
            handle: record.handle.bytes.rawSpan, values: record.values.bytes.rawSpan, state: record.state,
            answering: record.answered.bytes.rawSpan)
    }

    /// Notes the row of the change that was appended last. Changes of one row share its text.
    mutating func noteChange(line: Int, textStart: Int) {
        rows.append(Row(line: line, text: textStart..<text.byteCount))
    }

    /// Appends a row's text with `append`, and says where it begins.
    mutating func appendText(_ append: (inout ByteWriter) -> Void) -> Int {
        let start = text.byteCount
        append(&text)
        return start
    }

    func line(of ordinal: Int) -> Int { rows.indices.contains(ordinal) ? rows[ordinal].line : 0 }

    /// The text of the change's row.
    func text(of ordinal: Int) -> [UInt8] {
        rows.indices.contains(ordinal) ? Array(text.bytes[rows[ordinal].text]) : []
    }

    /// Forgets everything but the room.
    mutating func removeAll() {
        changes.removeAll()
        text.truncate(to: 0)
        rows.removeAll(keepingCapacity: true)
    }
}
