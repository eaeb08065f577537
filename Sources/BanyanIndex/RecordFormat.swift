public import HandleProtocol
import LMDB

/// What is known of a record besides its values.
public struct RecordFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Every value may be read by anyone: an answer without filter is one copy.
    public static let allValuesPublic = RecordFlags(rawValue: 1)
    /// The name as registered is in the record: it differs from the key.
    public static let nameKept = RecordFlags(rawValue: 2)
    /// The handle is deleted; the record stands for its history. Answers and lists pass over it.
    public static let deleted = RecordFlags(rawValue: 4)
    public static let suspended = RecordFlags(rawValue: 8)
    public static let withdrawn = RecordFlags(rawValue: 16)

    /// The handle is not answered with its own values: deleted, suspended or withdrawn.
    public static let inactive = RecordFlags(rawValue: 4 | 8 | 16)
    /// The handle is suspended or withdrawn: its own values stand behind others.
    static let outOfUse = RecordFlags(rawValue: 8 | 16)
    /// Something stands between head and values.
    fileprivate static let valuesMoved = RecordFlags(rawValue: 2 | 8 | 16)
}

extension RecordState {
    /// The record's flag that says so.
    public var flag: RecordFlags {
        switch self {
        case .active: []
        case .suspended: .suspended
        case .withdrawn: .withdrawn
        }
    }
}

/// A record where it lies in the map.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | format, 1 |
/// | 1 | 1 | flags |
/// | 2 | 2 | value count |
/// | 4 | 4 | CRC-32C over the key and the rest of the record |
/// | 8 | 8 | sequence of its last change |
/// | 16 | 2 + n | the name as registered, where `nameKept` is set |
/// | | 2 + 4 + n | where `suspended` or `withdrawn` is set: count and bytes of the handle's own values, and these |
/// | | | the values that are answered, in wire encoding, without a count |
///
/// Count and `allValuesPublic` are about the values that are answered, which end every record: so whoever answers need
/// not know of states.
public struct RecordView: ~Escapable {
    /// Bytes before name and values.
    public static let headByteCount = 16
    static let format: UInt8 = 1

    /// The whole record.
    public let bytes: RawSpan
    private let valuesOffset: Int

    /// Checks checksum and structure of the head; nil when either is wrong. Values are not walked.
    @_lifetime(copy bytes)
    init?(key: RawSpan, bytes: RawSpan) {
        guard bytes.byteCount >= Self.headByteCount, bytes.byte(at: 0) == Self.format,
            bytes.bigEndianUInt32(at: 4) == Self.checksum(key: key, bytes: bytes)
        else { return nil }
        self.init(trusted: bytes)
    }

    /// A record whose checksum was proven before: one that the journal's chain covers, or a copy in memory.
    @_lifetime(copy bytes)
    public init?(trusted bytes: RawSpan) {
        guard bytes.byteCount >= Self.headByteCount else { return nil }
        var offset = Self.headByteCount
        let flags = RecordFlags(rawValue: bytes.byte(at: 1))
        if !flags.isDisjoint(with: .valuesMoved) { offset = Self.valuesOffset(bytes, flags) }
        guard offset <= bytes.byteCount else { return nil }
        self.bytes = bytes
        valuesOffset = offset
    }

    /// Where the values begin that are answered; what is cut off reads as zeros and is found by the caller.
    private static func valuesOffset(_ bytes: RawSpan, _ flags: RecordFlags) -> Int {
        var offset = Self.nameEnd(bytes, flags)
        if !flags.isDisjoint(with: .outOfUse) {
            offset &+= 6 &+ Int(bytes.bigEndianUInt32(at: offset &+ 2))
        }
        return offset
    }

    private static func nameEnd(_ bytes: RawSpan, _ flags: RecordFlags) -> Int {
        flags.contains(.nameKept)
            ? headByteCount &+ 2 &+ Int(bytes.bigEndianUInt16(at: headByteCount)) : headByteCount
    }

    public var flags: RecordFlags { RecordFlags(rawValue: bytes.byte(at: 1)) }
    public var valueCount: Int { Int(bytes.bigEndianUInt16(at: 2)) }
    /// The journal's sequence of the record's last change.
    public var sequence: UInt64 { bytes.bigEndianUInt64(at: 8) }

    /// The name as registered, where it differs from the key.
    public var name: RawSpan? {
        @_lifetime(copy self)
        get {
            guard flags.contains(.nameKept) else { return nil }
            return bytes.extracting(Self.headByteCount &+ 2..<Self.nameEnd(bytes, flags))
        }
    }

    public var state: RecordState {
        flags.contains(.withdrawn) ? .withdrawn : flags.contains(.suspended) ? .suspended : .active
    }

    /// The values that are answered: `valueCount` in wire encoding, one behind the other.
    public var values: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(valuesOffset..<bytes.byteCount) }
    }

    /// The handle's own values: those that are answered while it is active, kept behind others while it is not.
    public var ownValues: RawSpan {
        @_lifetime(copy self)
        get {
            guard state != .active else { return values }
            return bytes.extracting(Self.nameEnd(bytes, flags) &+ 6..<valuesOffset)
        }
    }

    /// How many own values there are.
    public var ownValueCount: Int {
        state == .active ? valueCount : Int(bytes.bigEndianUInt16(at: Self.nameEnd(bytes, flags)))
    }

    /// Over the key and all of the record but the four bytes of the checksum.
    static func checksum(key: RawSpan, bytes: RawSpan) -> UInt32 {
        let head = bytes.extracting(0..<4).crc32c(continuing: key.crc32c())
        return bytes.extracting(8..<bytes.byteCount).crc32c(continuing: head)
    }
}
