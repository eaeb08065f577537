import ByteStreams
import HandleProtocol

/// Refused rows in their own format with the reason, for mending and loading again: one file for all inputs of a load.
/// It is opened before the first row is read, over what an earlier load left, so that a path that cannot be written is
/// known then; a load that goes on appends.
final class RejectsFile {
    private let path: String
    private let file: OutputFile
    /// The head of the rows that stand in the file; nil while there is none of this load's.
    private var head: [UInt8]?
    /// The format of the input that is being loaded, and the format of the rows in the file.
    private var format: BulkFormat?

    init(path: String, appending: Bool) throws(StreamError) {
        self.path = path
        file = try OutputFile(path: path, appending: appending)
    }

    /// Before the rows of an input: rows of another form than those in the file cannot stand behind them, since nobody
    /// could load that.
    func begin(_ format: BulkFormat, head: [UInt8], input: String) throws(BulkError) {
        guard self.head == nil || (format == self.format && head == self.head) else {
            throw .configuration(
                path: input, line: 1,
                RowError("\(path) holds rejects of another form; load this file by itself, with its own --rejects"))
        }
        self.format = format
    }

    func write(_ row: RawSpan, reason: String, _ source: borrowing some RecordSource & ~Copyable)
        throws(StreamError)
    {
        if head == nil {
            head = source.rejectsHead
            if file.wasEmpty { try file.write(source.rejectsHead) }
        }
        try file.write(source.rejected(row, reason: reason))
    }

    /// Before a commit: the rows in front of a checkpoint are in the file when it is stored.
    func flush() throws(StreamError) { try file.flush() }

    func close() throws(StreamError) { try file.close() }
}
