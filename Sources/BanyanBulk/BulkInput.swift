import BanyanRegistry
import ByteStreams

/// A file that is to be loaded: its format, and what names it when a load goes on.
struct BulkInput: ~Copyable {
    let format: BulkFormat
    /// nil where no load can go on: standard input.
    let identity: SourceIdentity?
    /// On disk; nil where it is not known.
    let byteCount: UInt64?
    private var lines: LineReader

    /// Nil for an empty file, which holds no record, whatever its format.
    init?(path: String, _ options: LoadOptions) throws {
        let input = try InputFile(path: path)
        var lines = LineReader(input)
        let sample = try lines.peek(LoadCheckpoint.sampleByteCount)
        guard let format = options.format ?? BulkFormat(guessing: sample) else {
            if sample.allSatisfy({ $0 <= 0x20 }) { return nil }
            throw BulkError.unknownFormat(path: path)
        }
        self.format = format
        byteCount = input.fileByteCount
        identity = input.fileByteCount.map { byteCount in
            LoadCheckpoint.identity(path: path, byteCount: byteCount, sample: sample, format: format, options)
        }
        self.lines = lines
    }

    /// The lines from the first on.
    consuming func takeLines() -> LineReader { lines }
}
