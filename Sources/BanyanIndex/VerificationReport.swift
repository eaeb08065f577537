/// What a verification has found.
public struct VerificationReport: Equatable, Sendable {
    public enum Problem: Equatable, Sendable {
        /// Checksum or structure of the record under this key.
        case damagedRecord(key: [UInt8])
        /// The key is not the one of the record's name, or keys are out of order.
        case wrongKey([UInt8])
        /// The values are no whole values, or their number or the flag of public values is wrong.
        case malformedValues(key: [UInt8])
        /// The journal's entry of the record's last change does not stand for this record.
        case recordNotInJournal(key: [UInt8])
        case damagedPrefix([UInt8])
        /// Counts or digest of the prefix are not those of its records.
        case wrongPrefixDigest([UInt8])
        /// An entry is missing before this one.
        case journalGap(UInt64)
        case damagedJournal(UInt64)
        /// The entry, or the one before it, has been changed.
        case brokenChain(UInt64)
        /// What the entry says was there before is not what the entry before it left.
        case wrongRecordBefore(UInt64)
    }

    /// Problems that are kept; further ones are only counted.
    static let problemCountMax = 100

    public internal(set) var recordCount: UInt64 = 0
    public internal(set) var prefixCount: UInt64 = 0
    public internal(set) var journalCount: UInt64 = 0
    /// The chain at the journal's end, as computed.
    public internal(set) var journalHead = ContentDigest.zero
    public internal(set) var problemCount: UInt64 = 0
    /// The first hundred.
    public internal(set) var problems: [Problem] = []

    public var isSound: Bool { problemCount == 0 }

    mutating func add(_ problem: Problem) {
        problemCount += 1
        if problems.count < Self.problemCountMax { problems.append(problem) }
    }
}
