import BanyanRegistry
import HandleProtocol

/// A set of changes on its way to the store, with the rows that they come from: when the store refuses one, its line
/// and text are at hand.
struct Chunk: Sendable {
    var changes: ChangeSet
    /// The text of rows one behind the other; empty when nobody wants rejects.
    private(set) var text = ByteWriter()
    private var rows: [Row] = []
    /// Rows taken from the input, refused ones included.
    var rowCount = 0

    private struct Row {
        var line: Int
        var text: Range<Int>
    }

    init(_ changes: ChangeSet) { self.changes = changes }

    /// Notes the row of the change that was appended last. Changes of one row share its text.
    mutating func noteRow(line: Int, textStart: Int) {
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
    func withText<Result>(of ordinal: Int, _ body: (RawSpan) -> Result) -> Result {
        let bytes = text.bytes
        let range = rows.indices.contains(ordinal) ? rows[ordinal].text : 0..<0
        return body(bytes.rawSpan.extracting(range))
    }

    /// Forgets everything but the room.
    mutating func removeAll() {
        changes.removeAll()
        text.truncate(to: 0)
        rows.removeAll(keepingCapacity: true)
        rowCount = 0
    }
}
