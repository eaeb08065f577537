import HandleProtocol
import LMDB

/// A prefix as it is stored, under its folded name without `0.NA/` in front.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | format: 1, or 2 with what stands from 64 on |
/// | 1 | 1 | state: 0 active, 1 suspended, 2 not homed |
/// | 2 | 1 | case rule: 0 insensitive, 1 sensitive local names |
/// | 3 | 1 | 0 |
/// | 4 | 4 | CRC-32C over the name and the rest of the row |
/// | 8 | 8 | sequence of its last change of state or rules |
/// | 16 | 8 | records of handles that are there |
/// | 24 | 8 | records in all, those of deleted handles included |
/// | 32 | 32 | digest: the sum modulo 2^256 of SHA-256(key ‖ record) over all of them |
/// | 64 | 8 | suspended handles |
/// | 72 | 8 | withdrawn handles |
/// | 80 | n | rules for names under the prefix, as who checks them writes them; none: nothing |
///
/// A prefix that needs nothing of format 2 is written in format 1, as earlier versions have it.
public struct PrefixRow: Equatable, Sendable {
    static let format: UInt8 = 1
    static let longFormat: UInt8 = 2
    static let byteCount = 64
    static let longByteCount = 80
    /// Longest rules.
    public static let rulesByteCountMax = 2_048

    public var entry: PrefixEntry
    public var sequence: UInt64
    public var counts: HandleCounts
    /// Records, those of deleted handles included.
    public var recordCount: UInt64
    public var digest: ContentDigest
    /// What names under the prefix must be like; empty: like any handle.
    public var rules: [UInt8]

    /// Handles that are there.
    public var handleCount: UInt64 { counts.handleCount }

    init(entry: PrefixEntry) {
        self.entry = entry
        sequence = 0
        counts = HandleCounts()
        recordCount = 0
        digest = .zero
        rules = []
    }

    /// Nil when checksum or structure is wrong.
    init?(key: RawSpan, bytes: RawSpan) {
        let format = bytes.byte(at: 0)
        let isLong = format == Self.longFormat
        guard isLong ? bytes.byteCount >= Self.longByteCount : bytes.byteCount == Self.byteCount,
            isLong || format == Self.format, let state = PrefixEntry.State(rawValue: bytes.byte(at: 1)),
            let caseRule = CaseRule(rawValue: bytes.byte(at: 2)),
            bytes.bigEndianUInt32(at: 4) == RecordView.checksum(key: key, bytes: bytes)
        else { return nil }
        self.init(entry: PrefixEntry(caseRule: caseRule, state: state))
        sequence = bytes.bigEndianUInt64(at: 8)
        counts.handleCount = bytes.bigEndianUInt64(at: 16)
        recordCount = bytes.bigEndianUInt64(at: 24)
        digest = ContentDigest(parsing: bytes, at: 32)
        guard isLong else { return }
        counts.suspendedCount = bytes.bigEndianUInt64(at: 64)
        counts.withdrawnCount = bytes.bigEndianUInt64(at: 72)
        rules = bytes.extracting(Self.longByteCount..<bytes.byteCount).array
    }

    private var isLong: Bool { counts.suspendedCount > 0 || counts.withdrawnCount > 0 || !rules.isEmpty }

    func write(key: RawSpan, into scratch: inout ScratchBytes) {
        scratch.removeAll()
        scratch.write(isLong ? Self.longFormat : Self.format)
        scratch.write(entry.state.rawValue)
        scratch.write(entry.caseRule.rawValue)
        scratch.write(0 as UInt8)
        scratch.write(0 as UInt32)
        scratch.write(sequence)
        scratch.write(counts.handleCount)
        scratch.write(recordCount)
        digest.write(to: &scratch)
        if isLong {
            scratch.write(counts.suspendedCount)
            scratch.write(counts.withdrawnCount)
            scratch.write(raw: rules.rawSpan)
        }
        scratch.overwrite(RecordView.checksum(key: key, bytes: scratch.bytes), at: 4)
    }
}
