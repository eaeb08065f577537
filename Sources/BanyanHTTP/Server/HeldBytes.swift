import Synchronization

/// How many bytes of bodies are in memory, of all requests together.
final class HeldBytes: Sendable {
    private let count = Atomic<Int>(0)

    /// A share that is given back when nobody holds it any more.
    final class Share: Sendable {
        private let held: HeldBytes
        private let count = Atomic<Int>(0)

        fileprivate init(_ held: HeldBytes) { self.held = held }

        deinit { held.count.subtract(count.load(ordering: .relaxed), ordering: .relaxed) }

        func grow(by byteCount: Int) throws(ProblemResponse) {
            count.add(byteCount, ordering: .relaxed)
            let all = held.count.add(byteCount, ordering: .relaxed).newValue
            guard all <= HTTPLimits.heldByteCount else { throw .busy }
        }
    }

    func makeShare() -> Share { Share(self) }
}
