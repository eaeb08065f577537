import BanyanIndex
import HandleCrypto
import HandleProtocol

/// A stream to a mirror, on its way: each piece is made in a snapshot of its own when the piece before has been taken,
/// so that a mirror that is slow holds neither pages nor memory.
protocol ReplicationFeed: Sendable {
    /// The next bytes, and what is left; nil when that was all.
    func piece(in snapshot: borrowing IndexSnapshot) throws -> (bytes: [UInt8], rest: (any ReplicationFeed)?)

    /// There is nothing to send until the journal is longer than this; nil: there is.
    var awaitedSequence: UInt64? { get }
}

extension ReplicationFeed {
    var awaitedSequence: UInt64? { nil }
}

/// How much of the index one piece may walk over: so a snapshot is short, whatever is walked.
struct PieceBudget {
    /// Records or entries that are looked at.
    static let stepCountMax = 1_000
    /// Bytes from which on a piece is sent.
    static let byteCountGoal = 256 << 10
    /// Signatures in a piece: about as many milliseconds.
    static let signatureCountMax = 64

    private var steps = 0
    private var signatures = 0

    mutating func step() { steps += 1 }
    mutating func sign() { signatures += 1 }

    func isSpent(_ writer: StreamWriter) -> Bool {
        steps >= Self.stepCountMax || writer.byteCount >= Self.byteCountGoal
            || writer.isSigned && signatures >= Self.signatureCountMax
    }
}
