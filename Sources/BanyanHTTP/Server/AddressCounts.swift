import BanyanTransport
import Synchronization

/// How many connections each address has.
final class AddressCounts: Sendable {
    private let most: Int
    private let exempt: [Network]
    private let counts = Mutex<[IPAddress: Int]>([:])

    /// - Parameter exempt: networks for which `most` does not hold.
    init(most: Int, exempt: [Network]) {
        self.most = most
        self.exempt = exempt
    }

    /// Counts one more; false, and not counted, where there are too many.
    func admit(_ address: IPAddress) -> Bool {
        let isExempt = exempt.contains { $0.contains(address) }
        return counts.withLock { counts in
            let count = counts[address] ?? 0
            guard isExempt || count < most else { return false }
            counts[address] = count + 1
            return true
        }
    }

    func release(_ address: IPAddress) {
        counts.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }
}
