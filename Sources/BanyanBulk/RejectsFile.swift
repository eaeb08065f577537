import ByteStreams
import HandleProtocol

/// Refused rows in their own format with the reason, for mending and loading again. Made when the first row is refused,
/// over what an earlier load left; a load that goes on appends.
final class RejectsFile {
    private let path: String
    private var file: OutputFile?
    private let isAppending: Bool

    init(path: String, appending: Bool) {
        self.path = path
        isAppending = appending
    }

    func write(_ row: RawSpan, reason: String, _ source: borrowing some RecordSource & ~Copyable)
        throws(StreamError)
    {
        let file = try open(head: source.rejectsHead)
        try file.write(source.rejected(row, reason: reason))
    }

    private func open(head: [UInt8]) throws(StreamError) -> OutputFile {
        if let file { return file }
        let file = try OutputFile(path: path, appending: isAppending)
        if file.wasEmpty { try file.write(head) }
        self.file = file
        return file
    }

    /// Before a commit: the rows in front of a checkpoint are in the file when it is stored.
    func flush() throws(StreamError) { try file?.flush() }

    func close() throws(StreamError) {
        try file?.close()
        file = nil
    }
}
