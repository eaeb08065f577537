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

    public init(_ target: Target, options: LoadOptions, observer: (any LoadObserver)? = nil) {
        self.target = target
        self.options = options
        self.observer = observer
    }

    /// Loads one file; `-` is standard input. Bad rows are reported and passed over.
    ///
    /// - Throws: what ends the load. What was committed stays, and the same call goes on behind it.
    public func load(_ path: String) throws(LoadError) {
        guard !report.isStopped else { return }
        do {
            let input = try InputFile(path: path)
            var lines = LineReader(input)
            let sample = try lines.peek(LoadCheckpoint.sampleByteCount)
            guard let format = options.format ?? BulkFormat(guessing: sample) else {
                // An empty file holds no record, whatever its format.
                if sample.allSatisfy({ $0 <= 0x20 }) { return }
                throw LoadError.input(.unknownFormat(path: path))
            }
            let identity = input.fileByteCount.map { byteCount in
                LoadCheckpoint.identity(path: path, byteCount: byteCount, sample: sample, format: format, options)
            }
            lines.mayHoldLineEnds = format == .csv
            try lines.skipByteOrderMark()
            switch format {
            case .ndjson: try run(JSONLinesSource(lines), path, identity, input.fileByteCount)
            case .wire: try run(WireSource(lines), path, identity, input.fileByteCount)
            case .batch: try run(BatchSource(lines), path, identity, input.fileByteCount)
            case .csv:
                let header = try CSVHeader(parsing: &lines, mapping: options.mapping, path: path)
                try run(CSVSource(lines, header: header), path, identity, input.fileByteCount)
            }
        } catch let error as StreamError {
            throw .input(.stream(error))
        } catch let error as BulkError {
            throw .input(error)
        } catch let error as LoadError {
            throw error
        } catch let error as IndexError {
            throw .index(error)
        } catch let error as SubmissionError {
            throw .submission(error)
        } catch {
            throw .input(.unknownFormat(path: path))
        }
    }

    private func run(
        _ source: consuming some RecordSource & ~Copyable, _ path: String, _ identity: SourceIdentity?,
        _ byteCount: UInt64?
    ) throws {
        switch target {
        case .store(let sink):
            var run = LoadRun(self, source, sink, path: path, identity: identity, byteCount: byteCount)
            try run.load()
        case .rehearsal(let index):
            var source = source
            try rehearse(&source, index, path, byteCount)
        }
    }

    /// Reports a row that was refused.
    func reject(_ error: RowError, line: Int, path: String) {
        report.rejectedCount += 1
        observer?.rejected(RejectedRow(path: path, line: line, error: error))
    }

    private func rehearse(
        _ source: inout some RecordSource & ~Copyable, _ index: HandleIndex, _ path: String, _ byteCount: UInt64?
    ) throws {
        var rehearsal = try Rehearsal(index)
        var buffer = RecordBuffer()
        let rejects = options.rejectsPath.map { RejectsFile(path: $0, appending: false) }
        rows: while true {
            var refusal: RowError?
            switch try source.take(into: &buffer) {
            case .success(.end): break rows
            case .success(.passedOver): continue
            case .success(.changes(let changes)): rehearsal.note(changes)
            case .success(.record):
                refusal = try rehearsal.check(buffer, onConflict: options.conflictRule, counting: &report)
                    .map(RowError.init)
            case .failure(let error): refusal = error
            }
            report.rowCount += 1
            if let refusal {
                reject(refusal, line: source.place.line, path: path)
                var text = ByteWriter()
                source.appendRow(to: &text)
                try rejects?.write(text.bytes.rawSpan, reason: refusal.description, source)
                if options.isStrict {
                    report.isStopped = true
                    break
                }
            }
            if report.rowCount.isMultiple(of: 4_096) { progressed(path, source.place, byteCount) }
        }
        try rejects?.close()
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

extension LoadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .input(let error): error.description
        case .index(let error): error.description
        case .submission(let error): error.description
        }
    }
}
