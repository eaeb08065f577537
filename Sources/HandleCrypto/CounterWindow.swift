/// The counters of a session's messages that have been seen: none is taken twice.
///
///  1. The 512 highest are remembered; they need not be consecutive, nor rise. That is twice what a connection may have
///     in work: whatever order its requests are looked at in, none is taken for a repetition.
///  2. A remembered one is a repetition; so may be what is not above any that was forgotten.
///  3. 0 is never remembered, and always taken: some clients do not count.
///
/// The reference remembers 200, and forgets in order of arrival. By forgetting the lowest, nothing that was ever taken
/// can come again.
public struct CounterWindow: Equatable, Sendable {
    public static let countMax = 512

    /// Ascending.
    private var seen: [UInt32] = []
    /// The highest that was forgotten.
    private var floor: UInt32 = 0

    public init() {}

    /// Whether the counter is a new one; it is not from then on.
    public mutating func take(_ counter: UInt32) -> Bool {
        guard counter != 0 else { return true }
        guard counter > floor else { return false }
        var position = seen.count
        while position > 0, seen[position - 1] >= counter {
            position -= 1
            if seen[position] == counter { return false }
        }
        seen.insert(counter, at: position)
        if seen.count > Self.countMax { floor = seen.removeFirst() }
        return true
    }
}
