internal import Synchronization

/// Resumes whoever waits once, whichever of two comes first.
final class Waiter: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Void, Never>)
        case resumed
    }

    private let state = Mutex(State.fresh)

    func set(_ continuation: CheckedContinuation<Void, Never>) {
        let isResumed = state.withLock { state in
            guard case .fresh = state else { return true }
            state = .waiting(continuation)
            return false
        }
        if isResumed { continuation.resume() }
    }

    func resume() {
        let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .resumed }
            return if case .waiting(let continuation) = state { continuation } else { nil }
        }
        continuation?.resume()
    }
}

/// Transaction ids of what is no errand: messages, logins. Different in each run of the node.
struct TransactionNumbers {
    private let run = String(UInt64.random(in: UInt64.min...UInt64.max), radix: 16)
    private var number = 0

    mutating func next() -> String {
        number += 1
        return "s-\(run)-\(number)"
    }
}
