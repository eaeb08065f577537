import Synchronization

/// How many connections there are, in all and from each address.
final class ConnectionTable: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [IPAddress: Int] = [:]
    }

    private let counts = Mutex(Counts())
    /// Connections so far.
    private let lastNumber = Atomic<UInt64>(0)
    private let most: Int

    init(most: Int) {
        self.most = most
    }

    /// The number of a new connection: its name for the rest of the node.
    func nextNumber() -> UInt64 { lastNumber.wrappingAdd(1, ordering: .relaxed).newValue }

    enum Admission {
        case admitted
        /// Admitted, but over nine tenths are in use: the longest idle one should go.
        case crowded
        case refused
    }

    /// - Parameter mostPerAddress: Of an address that is not exempt.
    func admit(_ address: IPAddress, isExempt: Bool, mostPerAddress: Int) -> Admission {
        counts.withLock { counts in
            let ofAddress = counts.byAddress[address, default: 0]
            guard counts.total < most, isExempt || ofAddress < mostPerAddress else { return .refused }
            counts.total += 1
            counts.byAddress[address] = ofAddress + 1
            return counts.total > most - most / 10 ? .crowded : .admitted
        }
    }

    func release(_ address: IPAddress) {
        counts.withLock { counts in
            counts.total -= 1
            let left = counts.byAddress[address, default: 1] - 1
            counts.byAddress[address] = left > 0 ? left : nil
        }
    }
}
