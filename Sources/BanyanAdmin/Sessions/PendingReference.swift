/// A challenge that a session or a connection waits for an answer to. It lies with the others, which are bounded
/// together; its number there is told to nobody.
struct PendingReference: Sendable {
    var identifier: UInt32
    /// Whether the request's authentication code has been found right: its counter is used up then.
    var isAuthentic: Bool
}

/// The challenges that one session or connection waits for answers to: several where its client sends requests without
/// waiting for answers. An answer says by its proof which one it is to.
struct PendingReferences: Sendable {
    /// Each may cost a proof to tell it from the others.
    static let countMax = 8

    private(set) var list: [PendingReference] = []

    /// Adds one; the oldest, where there were as many as may be.
    mutating func append(_ pending: PendingReference) -> PendingReference? {
        list.append(pending)
        return list.count > Self.countMax ? list.removeFirst() : nil
    }

    mutating func remove(_ identifier: UInt32) { list.removeAll { $0.identifier == identifier } }
}
