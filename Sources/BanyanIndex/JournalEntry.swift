import HandleProtocol
import OpenSSL

/// What a change did, as the journal says it. Numbers that a later version adds are kept.
public struct JournalOperation: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let create = JournalOperation(rawValue: 1)
    public static let replace = JournalOperation(rawValue: 2)
    public static let addValues = JournalOperation(rawValue: 3)
    public static let modifyValues = JournalOperation(rawValue: 4)
    public static let removeValues = JournalOperation(rawValue: 5)
    public static let delete = JournalOperation(rawValue: 6)
    public static let suspendHandle = JournalOperation(rawValue: 7)
    public static let withdrawHandle = JournalOperation(rawValue: 8)
    public static let resumeHandle = JournalOperation(rawValue: 9)
    public static let home = JournalOperation(rawValue: 16)
    public static let unhome = JournalOperation(rawValue: 17)
    public static let suspend = JournalOperation(rawValue: 18)
    public static let resume = JournalOperation(rawValue: 19)
    public static let setRules = JournalOperation(rawValue: 20)
    public static let setSite = JournalOperation(rawValue: 32)
    public static let setSetting = JournalOperation(rawValue: 33)
    public static let setDocument = JournalOperation(rawValue: 34)

    /// Whether it concerns a record of a handle.
    public var isOfRecord: Bool { rawValue < 16 }
    /// Whether it concerns the state of a prefix.
    public var isOfPrefix: Bool { (16..<32).contains(rawValue) }
}

extension JournalOperation {
    /// The word for it; the number of one that a newer program has written.
    public var name: String {
        switch self {
        case .create: "create"
        case .replace: "replace"
        case .addValues: "add"
        case .modifyValues: "modify"
        case .removeValues: "remove"
        case .delete: "delete"
        case .suspendHandle, .suspend: "suspend"
        case .withdrawHandle: "withdraw"
        case .resumeHandle, .resume: "resume"
        case .setRules: "rules"
        case .home: "home"
        case .unhome: "unhome"
        case .setSite: "site"
        case .setSetting: "setting"
        case .setDocument: "document"
        default: "\(rawValue)"
        }
    }
}

/// An entry of the journal where it lies in the map; its key is its sequence (u64, rising by one).
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 32 | chain: H(chain of the entry before ‖ this entry from offset 32 on) |
/// | 32 | 1 | format: 1, or 2 with a reason |
/// | 33 | 1 | operation |
/// | 34 | 1 | length of the principal |
/// | 35 | 1 | length of the source |
/// | 36 | 2 | length of the handle |
/// | 38 | 4 | length of the record before, 0: there was none |
/// | 42 | 8 | time, milliseconds since 1970; never less than the entry's before |
/// | 50 | 8 | sequence of the same handle's change before, 0: none |
/// | 58 | 32 | SHA-256(key ‖ record) of the record after, what the prefix digest is the sum of |
/// | 90 | 1 + n | of format 2: the reason that was given |
/// | 90 | | principal, source, handle (folded, whole), record before |
///
/// The chain stands first so that it is made in place: while it is hashed, its field holds the chain before.
/// The record after is the one in the table, or the record before of the handle's next entry: nothing is kept twice.
public struct JournalEntry: ~Escapable {
    static let headByteCount = 90
    static let format: UInt8 = 1
    static let formatWithReason: UInt8 = 2

    public let sequence: UInt64
    public let bytes: RawSpan
    private let reasonEnd: Int
    private let principalEnd: Int
    private let sourceEnd: Int
    private let handleEnd: Int

    /// Nil when the lengths do not add up.
    @_lifetime(copy bytes)
    init?(sequence: UInt64, bytes: RawSpan) {
        let hasReason = bytes.byte(at: 32) == Self.formatWithReason
        guard bytes.byteCount >= Self.headByteCount, hasReason || bytes.byte(at: 32) == Self.format else { return nil }
        reasonEnd = Self.headByteCount &+ (hasReason ? 1 &+ Int(bytes.byte(at: Self.headByteCount)) : 0)
        principalEnd = reasonEnd &+ Int(bytes.byte(at: 34))
        sourceEnd = principalEnd &+ Int(bytes.byte(at: 35))
        handleEnd = sourceEnd &+ Int(bytes.bigEndianUInt16(at: 36))
        guard handleEnd &+ Int(bytes.bigEndianUInt32(at: 38)) == bytes.byteCount else { return nil }
        self.sequence = sequence
        self.bytes = bytes
    }

    public var chain: ContentDigest { ContentDigest(parsing: bytes) }
    public var operation: JournalOperation { JournalOperation(rawValue: bytes.byte(at: 33)) }
    /// Milliseconds since 1970.
    public var time: UInt64 { bytes.bigEndianUInt64(at: 42) }
    /// The same handle's change before this one; 0: none.
    public var previousSequence: UInt64 { bytes.bigEndianUInt64(at: 50) }
    /// Of the record after this change.
    public var digest: ContentDigest { ContentDigest(parsing: bytes, at: 58) }
    /// Why, as whoever did it says; empty where nothing was said.
    public var reason: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(min(Self.headByteCount &+ 1, reasonEnd)..<reasonEnd) }
    }
    /// Who did it.
    public var principal: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(reasonEnd..<principalEnd) }
    }
    /// Through which door, or from which input.
    public var source: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(principalEnd..<sourceEnd) }
    }
    /// The folded name; of a prefix `0.NA/` and the prefix; of the site nothing; of a setting or document its name.
    public var handle: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(sourceEnd..<handleEnd) }
    }
    /// What was stored before, empty where nothing was.
    public var recordBefore: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(handleEnd..<bytes.byteCount) }
    }

    /// What `chain` must be after an entry with `before`.
    func expectedChain(
        after before: ContentDigest, _ algorithm: ChainAlgorithm, _ digests: DigestContext,
        _ scratch: inout ScratchBytes
    ) -> ContentDigest {
        scratch.removeAll()
        before.write(to: &scratch)
        let rest = bytes.extracting(ContentDigest.byteCount..<bytes.byteCount)
        return ContentDigest(digests.digest(scratch.bytes, rest, algorithm: algorithm.digest))
    }
}
