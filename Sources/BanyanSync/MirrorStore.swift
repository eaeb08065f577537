internal import BanyanIndex
internal import BanyanRegistry
internal import HandleProtocol

/// How a mirror writes: set by set, each waited for, never on the thread of a task.
struct MirrorStore: Sendable {
    let registrar: Registrar
    /// As the journal names where changes came from.
    let source: String

    var index: HandleIndex { registrar.index }

    /// A set of what a primary of our kind has sent.
    func nodeSet() -> ChangeSet { ChangeSet(principal: "primary", source: source) }

    /// A set of what another primary has sent; `place` is durable with it.
    func set(_ place: Checkpoint? = nil) -> ChangeSet {
        var set = ChangeSet(onConflict: .replace, principal: "primary", source: source, checkpoint: place)
        set.append(.fromPrimary)
        return set
    }

    /// Commits, and gives what became of it.
    @discardableResult
    func submit(_ set: ChangeSet) async throws(MirrorError) -> ChangeSetResult {
        let result: Result<ChangeSetResult, SubmissionError> = await withCheckedContinuation { continuation in
            do throws(SubmissionError) {
                try registrar.submit(set) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        switch result {
        case .success(let result): return result
        case .failure(let error): throw .store(error.description)
        }
    }

    /// Reads from a snapshot of now.
    func read<Result>(_ body: (borrowing IndexSnapshot) throws(IndexError) -> Result) throws(MirrorError) -> Result {
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .store(error.description) }
    }

    /// Keys behind `start`, up to `end` (nil: to the end), that are not among those sent: the primary does not have
    /// their records. In the order of keys, as they are sent.
    func keys(
        from start: [UInt8], through end: [UInt8]?, butNot sent: [[UInt8]]
    ) throws(MirrorError) -> [[UInt8]] {
        let known = Set(sent)
        var surplus: [[UInt8]] = []
        try walk(RecordRange.all.includingDeleted(), from: start, through: end) { key, _ in
            if !known.contains(key) { surplus.append(key) }
        }
        return surplus
    }

    /// Names behind the key `start`, up to `end`, whose keys are not among those sent.
    func names(
        from start: [UInt8], through end: [UInt8]?, butNot sent: [[UInt8]]
    ) throws(MirrorError) -> [[UInt8]] {
        let known = Set(sent)
        var surplus: [[UInt8]] = []
        try walk(.all, from: start, through: end) { key, name in
            if !known.contains(key) { surplus.append(name) }
        }
        return surplus
    }

    /// Records of one snapshot: one that is held for longer keeps pages from being used again.
    private static let snapshotRecordCount = 1_000

    /// Walks over records behind the key `start`, up to `end` (nil: to the end), in snapshots that are short whatever
    /// is walked over.
    private func walk(
        _ range: RecordRange, from start: [UInt8], through end: [UInt8]?, _ body: ([UInt8], [UInt8]) -> Void
    ) throws(MirrorError) {
        var last = start
        var isOver = false
        while !isOver {
            isOver = try read { (snapshot) throws(IndexError) in
                var walk = try snapshot.records(in: range.continuing(after: last))
                for _ in 0..<Self.snapshotRecordCount {
                    guard let entry = try walk.next() else { return true }
                    let key = entry.key.array
                    if let end, end.lexicographicallyPrecedes(key) { return true }
                    body(key, entry.name.array)
                    last = key
                }
                return false
            }
        }
    }
}
