public import BanyanIndex
public import BanyanRegistry
import ByteStreams
import HandleProtocol

/// Loads files into a node: rows become changes, changes go in chunks to the one way to write, and each chunk commits
/// together with its place in the input. One thread reads and parses while another waits for commits.
public final class Loader {
    /// Where rows go.
    public enum Target: Sendable {
        case store(any ChangeSink)
        /// Nothing is written; every error is reported.
        case rehearsal(HandleIndex)
    }

    let target: Target
    let options: LoadOptions
    weak var observer: (any LoadObserver)?
    /// What has been done, of all files.
    public internal(set) var report = LoadReport()
    private var rehearsal: Rehearsal?
    /// Where refused rows of all files go; nil where nobody wants them.
    private(set) var rejects: RejectsFile?

    public init(_ target: Target, options: LoadOptions, observer: (any LoadObserver)? = nil) {
        self.target = target
        self.options = options
        self.observer = observer
    }

    /// Loads files one after the other; `-` is standard input. Bad rows are reported and passed over.
    ///
    /// - Throws: what ends the load. What was committed stays, and the same call goes on behind it.
    public func load(_ paths: [String]) throws(LoadError) {
        try translatingErrors {
            if let path = options.rejectsPath {
                rejects = try RejectsFile(path: path, appending: goesOn(with: paths))
            }
            for path in paths where !report.isStopped { try load(path) }
            try rejects?.close()
        }
    }

    /// Whether an earlier load of one of the files broke off. What it refused stays then, even where a file in front
    /// begins anew and refuses its rows a second time.
    private func goesOn(with paths: [String]) -> Bool {
        guard case .store(let sink) = target else { return false }
        return paths.contains { path in
            guard path != "-", let identity = try? BulkInput(path: path, options)?.identity else { return false }
            return (try? sink.checkpoint(for: identity)) ?? 0 > 0
        }
    }

    private func load(_ path: String) throws {
        guard let input = try BulkInput(path: path, options) else { return }
        let (format, identity, byteCount) = (input.format, input.identity, input.byteCount)
        var lines = input.takeLines()
        lines.mayHoldLineEnds = format == .csv
        try lines.skipByteOrderMark()
        switch format {
        case .ndjson: try run(JSONLinesSource(lines), format, path, identity, byteCount)
        case .wire: try run(WireSource(lines), format, path, identity, byteCount)
        case .json: try run(JSONDocumentSource(lines), format, path, identity, byteCount)
        case .batch: try run(BatchSource(lines), format, path, identity, byteCount)
        case .csv:
            let header = try CSVHeader(parsing: &lines, mapping: options.mapping, path: path)
            try run(CSVSource(lines, header: header), format, path, identity, byteCount)
        }
    }

    private func translatingErrors(_ body: () throws -> Void) throws(LoadError) {
        do {
            try body()
        } catch let error as StreamError {
            throw .input(.stream(error))
        } catch let error as BulkError {
            throw .input(error)
        } catch let error as IndexError {
            throw .index(error)
        } catch let error as SubmissionError {
            throw .submission(error)
        } catch {
            // Nothing else is thrown below.
            throw .input(.unknownFormat(path: ""))
        }
    }

    private func run(
        _ source: consuming some RecordSource & ~Copyable, _ format: BulkFormat, _ path: String,
        _ identity: SourceIdentity?, _ byteCount: UInt64?
    ) throws {
        try rejects?.begin(format, head: source.rejectsHead, input: path)
        let sink = try sink()
        var run = LoadRun(self, source, sink, path: path, identity: identity, byteCount: byteCount)
        try run.load()
    }

    /// Where rows go; all files of a dry run go to one stage.
    private func sink() throws(SubmissionError) -> any ChangeSink {
        switch target {
        case .store(let sink): return sink
        case .rehearsal(let index):
            if let rehearsal { return rehearsal }
            let made = try Rehearsal(of: index)
            rehearsal = made
            return made
        }
    }

    /// Reports a row that was refused.
    func reject(_ error: RowError, line: Int, path: String) {
        report.rejectedCount += 1
        observer?.rejected(RejectedRow(path: path, line: line, error: error))
    }

    func progressed(_ path: String, _ place: RowPlace, _ byteCount: UInt64?) {
        observer?.progressed(
            LoadProgress(
                path: path, rowCount: report.rowCount, rejectedCount: report.rejectedCount,
                readByteCount: place.filePosition, byteCount: byteCount))
    }
}

/// What ends a load.
public enum LoadError: Error, Equatable, Sendable {
    case input(BulkError)
    case index(IndexError)
    case submission(SubmissionError)
}

extension LoadError {
    /// Whether a disk is full or fails, the index's or the file of rejects'.
    public var isFailingStorage: Bool {
        switch self {
        case .input(.stream(let error)): error.isFailingStorage
        case .input, .submission: false
        case .index: true
        }
    }
}

extension LoadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .input(let error): error.description
        case .index(let error): error.description
        case .submission(let error): error.description
        }
    }
}
