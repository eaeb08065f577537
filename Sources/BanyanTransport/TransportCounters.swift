import Synchronization

/// What the doors count, each with the name under which it is shown.
public enum TransportEvent: Int, CaseIterable, Sendable {
    case datagramsReceived, datagramsSent, datagramRequestsAnswered
    /// Neither request nor anything that could be answered: silence.
    case datagramsIgnored
    /// More than 1,472 bytes.
    case datagramsOversized
    /// The kernel refused to send.
    case datagramsUnsent
    /// An answer of more datagrams than an unproven address gets (`limits.datagrams`).
    case answersTooLong
    /// Over a rate: a short refusal went out, or nothing.
    case limitedRefused, limitedDropped
    /// Over a rate, and answered all the same (`limits.dry-run`).
    case limitedInDryRun
    case fragmentsReceived, fragmentsDropped
    case messagesAssembled, assembliesExpired
    case connectionsAccepted, connectionsClosed
    /// All connections, or those of one address, were in use.
    case connectionsRefused
    /// Closed to make room.
    case connectionsEvicted
    case streamRequestsAnswered
    case framingErrors
    /// TLS connections that began, and those that did not or broke.
    case secureHandshakes, secureFailures
    /// No room for more of a message that had come in part (`limits.incomplete`).
    case incompleteRefused
    case messageTimeouts, writeTimeouts, idleTimeouts
    case handedOff
    /// The pool's queue was full: code 3.
    case handOffsRefused
    /// The index could not be read.
    case indexErrors

    static let count = allCases.count

    /// The name in metrics: words with underscores.
    public var name: String {
        var name = ""
        for character in "\(self)" {
            if character.isUppercase { name.append("_") }
            name.append(contentsOf: character.lowercased())
        }
        return name
    }
}

/// A thread's own count, added to the shared one once a batch.
struct TransportTally: ~Copyable {
    private var counts = InlineArray<32, UInt64>(repeating: 0)

    @inline(__always)
    mutating func add(_ event: TransportEvent, _ count: Int = 1) {
        counts[event.rawValue] &+= UInt64(truncatingIfNeeded: count)
    }

    /// Adds what was counted to `shared` and begins anew.
    mutating func flush(to shared: TransportCounters) {
        for index in 0..<TransportEvent.count where counts[index] != 0 {
            shared.add(counts[index], at: index)
            counts[index] = 0
        }
    }
}

/// Counts that any thread may read at any time.
public final class TransportCounters: Sendable {
    private let counts = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }

    init() {}

    public subscript(event: TransportEvent) -> UInt64 {
        counts[event.rawValue].load(ordering: .relaxed)
    }

    func add(_ event: TransportEvent, _ count: Int = 1) {
        add(UInt64(truncatingIfNeeded: count), at: event.rawValue)
    }

    fileprivate func add(_ count: UInt64, at index: Int) {
        counts[index].wrappingAdd(count, ordering: .relaxed)
    }
}
