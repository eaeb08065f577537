import BanyanRegistry

/// What waits to be sent and what is under way, of all connections together. No socket, no thread.
///
///  1. Changes begin in the order of the input. One whose handle is under way waits, and all behind it.
///  2. A change of a prefix waits until all in front of it is done; what is behind it waits for it.
///  3. What comes back unanswered goes in front again.
struct NetworkQueue {
    struct Item {
        var operation: NetworkOperation
        /// Position in the whole input.
        let number: UInt64
        let set: NetworkSet
        let ordinal: Int
    }

    private var waiting: [Item] = []
    private var first = 0
    /// Ascending; all of them before those that wait.
    private var returned: [Item] = []
    private var busyHandles: Set<[UInt8]> = []
    private(set) var underWayCount = 0
    private var isBehindBarrier = false

    var isEmpty: Bool { returned.isEmpty && first == waiting.count && underWayCount == 0 }

    mutating func append(_ item: Item) { waiting.append(item) }

    /// The next change that may begin; nil when none may, for now.
    mutating func next() -> Item? {
        guard let item = returned.first ?? (first < waiting.count ? waiting[first] : nil) else { return nil }
        guard !isBehindBarrier, !item.operation.isBarrier || underWayCount == 0 else { return nil }
        let handle = item.operation.handle
        if let handle, busyHandles.contains(handle) { return nil }
        if returned.isEmpty { takeWaiting() } else { returned.removeFirst() }
        if let handle { busyHandles.insert(handle) }
        isBehindBarrier = item.operation.isBarrier
        underWayCount += 1
        return item
    }

    private mutating func takeWaiting() {
        first += 1
        if first > waiting.count / 2 {
            waiting.removeFirst(first)
            first = 0
        }
    }

    /// The change is over, or goes back.
    mutating func finished(_ item: Item) {
        if let handle = item.operation.handle { busyHandles.remove(handle) }
        if item.operation.isBarrier { isBehindBarrier = false }
        underWayCount -= 1
    }

    mutating func giveBack(_ item: Item) {
        finished(item)
        let place = returned.firstIndex { $0.number > item.number } ?? returned.endIndex
        returned.insert(item, at: place)
    }
}

/// A set of changes whose results come in one by one.
///
/// Sendable: it is touched under the registrar's lock only.
final class NetworkSet: @unchecked Sendable {
    let submission: Submission
    let checkpoint: Checkpoint?
    private var left: Int
    private var result = ChangeSetResult()

    init(_ submission: Submission, checkpoint: Checkpoint?, changeCount: Int) {
        self.submission = submission
        self.checkpoint = checkpoint
        left = changeCount
    }

    var isDone: Bool { left == 0 }

    /// The result, its rejections in the order of the changes.
    var whole: ChangeSetResult {
        var result = result
        result.rejections.sort { $0.ordinal < $1.ordinal }
        return result
    }

    func take(_ outcome: NetworkOperation.Outcome, ordinal: Int) {
        left -= 1
        switch outcome {
        case .created: result.created += 1
        case .replaced: result.replaced += 1
        case .deleted: result.deleted += 1
        case .unchanged: result.unchanged += 1
        case .skipped: result.skipped += 1
        case .refused(let error, let words):
            result.rejections.append(ChangeSetResult.Rejection(ordinal: ordinal, error: error, words: words))
        case .goesOn, .later, .failed: break
        }
    }
}
