import BanyanRegistry

/// Chunks of one input on their way to the store, committed in order while the next one is being filled.
struct LoadPipeline {
    /// Most chunks under way, and bytes in their sets: enough for the commit thread to put several into one fsync.
    static let chunkCountMax = 8
    static let byteCountMax = 8 << 20

    private struct UnderWay {
        var chunk: Chunk
        var submission: Submission
        /// Where the chunk's first row begins.
        var start: UInt64
    }

    private let sink: any ChangeSink
    /// Whether each chunk is waited for before the next one is given.
    private let isSequential: Bool
    private var underWay: [UnderWay] = []
    private var byteCount = 0
    /// Where the next chunk's first row begins.
    private var nextStart: UInt64 = 0

    init(_ sink: any ChangeSink, sequential: Bool, start: UInt64) {
        self.sink = sink
        isSequential = sequential
        nextStart = start
    }

    /// Where the first row stands whose result is not in.
    var settledPlace: UInt64 { underWay.first?.start ?? nextStart }

    /// Hands a chunk over, with the place where its rows end. The results of chunks that were waited for go to `done`.
    ///
    /// A short set may overtake a long one on its way, as a registration does: so it waits until none is there.
    mutating func submit(
        _ chunk: Chunk, end: UInt64, isLast: Bool, done: (Chunk, ChangeSetResult) throws -> Void
    ) throws {
        while !underWay.isEmpty, isLast || underWay.count >= Self.chunkCountMax || byteCount >= Self.byteCountMax {
            try waitForFirst(done)
        }
        let submission = try sink.enqueue(chunk.changes)
        underWay.append(UnderWay(chunk: chunk, submission: submission, start: nextStart))
        byteCount += chunk.changes.byteCount
        nextStart = end
        if isSequential { try finish(done) }
    }

    /// Waits for all that is under way.
    mutating func finish(_ done: (Chunk, ChangeSetResult) throws -> Void) throws {
        while !underWay.isEmpty { try waitForFirst(done) }
    }

    private mutating func waitForFirst(_ done: (Chunk, ChangeSetResult) throws -> Void) throws {
        let first = underWay.removeFirst()
        byteCount -= first.chunk.changes.byteCount
        let result: ChangeSetResult
        do throws(SubmissionError) {
            result = try first.submission.wait()
        } catch {
            comeBack(to: first)
            throw error
        }
        try done(first.chunk, result)
    }

    /// After a chunk that could not be stored: those behind it may have been, and their checkpoints would pass over it.
    /// So the place goes back to where the lost chunk begins; rows that are there already then count as done.
    private mutating func comeBack(to lost: UnderWay) {
        let wasPassed = underWay.reduce(false) { passed, later in
            (try? later.submission.wait()) != nil || passed
        }
        underWay = []
        guard wasPassed else { return }
        var chunk = lost.chunk
        chunk.removeAll()
        chunk.changes.setCheckpointPosition(lost.start)
        _ = try? sink.submit(chunk.changes)
    }
}
