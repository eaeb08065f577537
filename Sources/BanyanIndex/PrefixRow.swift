import HandleProtocol
import LMDB

/// A prefix as it is stored, under its folded name without `0.NA/` in front.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | format, 1 |
/// | 1 | 1 | state: 0 active, 1 suspended, 2 not homed |
/// | 2 | 1 | case rule: 0 insensitive, 1 sensitive local names |
/// | 3 | 1 | 0 |
/// | 4 | 4 | CRC-32C over the name and the rest of the row |
/// | 8 | 8 | sequence of its last change of state or rule |
/// | 16 | 8 | records of handles that are there |
/// | 24 | 8 | records in all, those of deleted handles included |
/// | 32 | 32 | digest: the sum modulo 2^256 of SHA-256(key ‖ record) over all of them |
public struct PrefixRow: Equatable, Sendable {
    public static let byteCount = 64
    static let format: UInt8 = 1

    public var entry: PrefixEntry
    public var sequence: UInt64
    /// Handles that are there.
    public var handleCount: UInt64
    /// Records, those of deleted handles included.
    public var recordCount: UInt64
    public var digest: ContentDigest

    init(entry: PrefixEntry) {
        self.entry = entry
        sequence = 0
        handleCount = 0
        recordCount = 0
        digest = .zero
    }

    /// Nil when checksum or structure is wrong.
    init?(key: RawSpan, bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount, bytes.byte(at: 0) == Self.format,
            let state = PrefixEntry.State(rawValue: bytes.byte(at: 1)),
            let caseRule = CaseRule(rawValue: bytes.byte(at: 2)),
            bytes.bigEndianUInt32(at: 4) == RecordView.checksum(key: key, bytes: bytes)
        else { return nil }
        entry = PrefixEntry(caseRule: caseRule, state: state)
        sequence = bytes.bigEndianUInt64(at: 8)
        handleCount = bytes.bigEndianUInt64(at: 16)
        recordCount = bytes.bigEndianUInt64(at: 24)
        digest = ContentDigest(parsing: bytes, at: 32)
    }

    func write(key: RawSpan, into scratch: inout ScratchBytes) {
        scratch.removeAll()
        scratch.write(Self.format)
        scratch.write(entry.state.rawValue)
        scratch.write(entry.caseRule.rawValue)
        scratch.write(0 as UInt8)
        scratch.write(0 as UInt32)
        scratch.write(sequence)
        scratch.write(handleCount)
        scratch.write(recordCount)
        digest.write(to: &scratch)
        scratch.overwrite(RecordView.checksum(key: key, bytes: scratch.bytes), at: 4)
    }
}
