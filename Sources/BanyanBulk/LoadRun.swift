import BanyanRegistry
import ByteStreams
import HandleProtocol

/// The load of one input into the store.
struct LoadRun<Source: RecordSource & ~Copyable>: ~Copyable {
    private let loader: Loader
    private var source: Source
    private let sink: any ChangeSink
    private let path: String
    private let identity: SourceIdentity?
    private let byteCount: UInt64?
    private let rejects: RejectsFile?
    private var pipeline: LoadPipeline
    private var buffer = RecordBuffer()
    /// Filled now, and those that have been committed and wait to be filled again.
    private var chunk: Chunk
    private var spare: [Chunk] = []
    /// Whether a checkpoint is stored that the end must take away.
    private var hasCheckpoint = false

    init(
        _ loader: Loader, _ source: consuming Source, _ sink: any ChangeSink, path: String,
        identity: SourceIdentity?, byteCount: UInt64?
    ) {
        self.loader = loader
        self.source = source
        self.sink = sink
        self.path = path
        self.identity = identity
        self.byteCount = byteCount
        rejects = loader.rejects
        pipeline = LoadPipeline(sink, sequential: true, start: 0)
        chunk = Self.newChunk(loader.options, path, identity)
    }

    private static func newChunk(_ options: LoadOptions, _ path: String, _ identity: SourceIdentity?) -> Chunk {
        Chunk(
            ChangeSet(
                onConflict: options.conflictRule, principal: options.principal, source: "load " + path,
                checkpoint: identity.map { Checkpoint(source: $0, position: 0) }))
    }

    mutating func load() throws {
        try resume()
        // What follows a refused row must not be under way yet where it may not be kept, nor where the place in the
        // input must be exact: a change of a batch file cannot be done twice.
        pipeline = LoadPipeline(
            sink, sequential: loader.options.isStrict || !source.isRepeatable, start: source.place.offset)
        do {
            try takeRows()
        } catch {
            // What is under way is committed and reported before the reason is.
            try? finish()
            throw error
        }
        try finish()
    }

    /// Goes on where an earlier load of this input ended.
    private mutating func resume() throws {
        guard let identity, let position = try sink.checkpoint(for: identity), position > 0 else { return }
        hasCheckpoint = true
        if let sink = sink as? any LoginSink {
            for login in try source.takeLogins(before: position) { try sink.logIn(login) }
        }
        guard try source.resume(at: position) else {
            throw BulkError.configuration(
                path: path, line: 1, RowError("the file has changed since it was loaded in part; load a copy of it"))
        }
        let resumption = LoadReport.Resumption(path: path, line: source.place.line)
        loader.report.resumed.append(resumption)
        loader.observer?.resumed(resumption)
    }

    private mutating func takeRows() throws {
        while !loader.report.isStopped {
            let start = source.place.offset
            switch try source.take(into: &buffer) {
            case .success(.end): return try submitLast()
            case .success(.passedOver): continue
            case .success(.record):
                let text = appendText()
                chunk.append(buffer)
                chunk.noteChange(line: source.place.line, textStart: text)
            case .success(.changes(let changes)): try append(changes, rowStart: start)
            case .success(.login(let login)):
                try logIn(login, at: start)
                continue
            case .failure(let error): try reject(error)
            }
            loader.report.rowCount += 1
            if chunk.changes.isFull { try submit(end: source.place.offset) }
        }
    }

    /// Whoever does what follows does nothing of what came before.
    private mutating func logIn(_ login: BatchLogin, at start: UInt64) throws {
        guard let sink = sink as? any LoginSink else { return }
        if !chunk.changes.isEmpty { try submit(end: start) }
        try finish()
        do throws(BulkError) { try sink.logIn(login) } catch {
            guard case .configuration(let file, let line, let reason) = error, file.isEmpty || line == 0 else {
                throw error
            }
            throw BulkError.configuration(path: path, line: source.place.line, reason)
        }
    }

    /// Keeps the row's text where refused rows are wanted.
    private mutating func appendText() -> Int {
        guard rejects != nil else { return 0 }
        return chunk.appendText { writer in source.appendRow(to: &writer) }
    }

    /// The changes of a row stand in one chunk unless they are more than fit: then the row begins anew after a break,
    /// which does no harm, since only homing has so many, and a prefix that is homed stays so.
    private mutating func append(_ changes: [Change], rowStart: UInt64) throws {
        var text = appendText()
        for change in changes {
            if chunk.changes.isFull {
                try submit(end: rowStart)
                text = appendText()
            }
            chunk.changes.append(change)
            chunk.noteChange(line: source.place.line, textStart: text)
        }
    }

    /// A row that could not be read.
    private mutating func reject(_ error: RowError) throws {
        loader.reject(error, line: source.place.line, path: path)
        if let rejects {
            var text = ByteWriter()
            source.appendRow(to: &text)
            try rejects.write(text.bytes.rawSpan, reason: error.description, source)
        }
        if loader.options.isStrict { loader.report.isStopped = true }
    }

    /// The last chunk takes the checkpoint away, so that the same command begins anew.
    private mutating func submitLast() throws {
        guard !chunk.changes.isEmpty || hasCheckpoint && identity != nil else { return }
        try submit(end: 0, isLast: true)
    }

    private mutating func submit(end: UInt64, isLast: Bool = false) throws {
        // Rows in front of a checkpoint are in the file of rejects when it is stored. Which rows of a chunk the store
        // refuses is known only behind its commit: so where they are wanted, its checkpoint says where the first chunk
        // begins whose result is not in yet, and what is done twice counts as done.
        try rejects?.flush()
        let position = isLast || rejects == nil || !source.isRepeatable ? end : pipeline.settledPlace
        if identity != nil { chunk.changes.setCheckpointPosition(position) }
        hasCheckpoint = hasCheckpoint || position > 0
        let full = chunk
        chunk = spare.popLast() ?? Self.newChunk(loader.options, path, identity)
        var done: [(Chunk, ChangeSetResult)] = []
        defer { spare += done.map { done in Self.emptied(done.0) } }
        do {
            try pipeline.submit(full, end: end, isLast: isLast) { done.append(($0, $1)) }
        } catch {
            try report(done)
            throw error
        }
        try report(done)
        loader.progressed(path, source.place, byteCount)
    }

    private static func emptied(_ chunk: Chunk) -> Chunk {
        var chunk = chunk
        chunk.removeAll()
        return chunk
    }

    private mutating func finish() throws {
        var done: [(Chunk, ChangeSetResult)] = []
        do {
            try pipeline.finish { done.append(($0, $1)) }
        } catch {
            try report(done)
            throw error
        }
        try report(done)
    }

    private func report(_ done: [(Chunk, ChangeSetResult)]) throws {
        for (chunk, result) in done {
            loader.report.add(result)
            for rejection in result.rejections {
                let error = RowError(rejection.error, words: rejection.words)
                loader.reject(error, line: chunk.line(of: rejection.ordinal), path: path)
                if loader.options.isStrict { loader.report.isStopped = true }
                let text = chunk.text(of: rejection.ordinal)
                try rejects?.write(text.rawSpan, reason: error.description, source)
            }
            if !result.rejections.isEmpty { try rejects?.flush() }
        }
    }
}
