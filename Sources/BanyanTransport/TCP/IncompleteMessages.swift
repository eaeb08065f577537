import Synchronization

/// The memory of messages that have come in part, of all streams together: without a common bound each connection is
/// within its own, and all of them fill the machine.
///
/// The first bytes of each connection are not counted, so that ordinary requests get through whatever others do.
final class IncompleteMessages: Sendable {
    /// Bytes of one connection that are free: an ordinary request, and what a read leaves of the next.
    static let freeByteCount = 4_096

    private let held = Atomic<Int>(0)
    private let byteCountMax: Int

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    /// Bytes that are counted now.
    var byteCount: Int { held.load(ordering: .relaxed) }

    /// What one connection holds, told whenever it changes.
    struct Share {
        fileprivate var counted = 0
    }

    /// Sets what a connection holds; false, and nothing changed, when that is more than before and all of them
    /// together would hold too much.
    func set(_ share: inout Share, toByteCount byteCount: Int) -> Bool {
        let counted = max(0, byteCount - Self.freeByteCount)
        let change = counted - share.counted
        guard change != 0 else { return true }
        let sum = held.wrappingAdd(change, ordering: .relaxed).newValue
        guard change < 0 || sum <= byteCountMax else {
            held.wrappingSubtract(change, ordering: .relaxed)
            return false
        }
        share.counted = counted
        return true
    }
}
