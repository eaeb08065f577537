public import BanyanIndex
public import HandleProtocol

/// One thing to be changed. Handles as they were registered, values in wire encoding (RFC 3651 §3.1) one behind the
/// other; a value's timestamp of 0 becomes the time of the change, another one is kept.
public enum Change: Equatable, Sendable {
    /// Registers a handle with these values. What happens when it is there: the set's conflict rule.
    case put(handle: [UInt8], values: [UInt8])
    /// Registers a handle that is out of use, as a dump has it: its own values, and those that are answered instead.
    case putInactive(handle: [UInt8], values: [UInt8], state: RecordState, answering: [UInt8])
    /// Suspends, withdraws or resumes a handle that is there. What it is answered with instead of its own values, which
    /// are kept: these values, at most 4,096 bytes; none: one public value of type STATUS. The reason has at most 255
    /// bytes.
    case setState(handle: [UInt8], RecordState, reason: [UInt8] = [], answering: [UInt8] = [])
    /// Adds values; their indexes must be free, unless `overwrites`: then they take the place of those that are there,
    /// and one that is the same, timestamp apart, stays.
    case addValues(handle: [UInt8], values: [UInt8], overwrites: Bool = false)
    /// Puts values in the place of those with the same indexes, which must be there.
    case modifyValues(handle: [UInt8], values: [UInt8])
    /// Removes the values of these indexes, which must be there.
    case removeValues(handle: [UInt8], indexes: [UInt32])
    case delete(handle: [UInt8])

    /// Changes nothing. Unless the handle's record has this sequence (0: there never was one), nothing behind this in
    /// the set is done: whoever decided on a snapshot names here what the decision rests on.
    case require(handle: [UInt8], sequence: UInt64)
    /// The same for a setting of the node.
    case requireSetting(name: [UInt8], sequence: UInt64)

    /// Makes this node responsible for a prefix, named without `0.NA/`. Already homed by the same rule: unchanged.
    case home(prefix: [UInt8], caseRule: CaseRule)
    /// Ends the responsibility; records stay and are not answered.
    case unhome(prefix: [UInt8])
    case suspend(prefix: [UInt8], reason: [UInt8] = [])
    case resume(prefix: [UInt8], reason: [UInt8] = [])
    /// What names under a homed prefix must be like from now on, as `IdentifierRules` writes it; empty: like any.
    case setRules(prefix: [UInt8], rules: [UInt8])

    /// The node's own HS_SITE record, and which of its servers this node is, from 0 on.
    case setSite(record: [UInt8], serverPosition: Int)
    /// A setting of the node, at most 255 bytes of name; an empty value removes it.
    case setSetting(name: [UInt8], value: [UInt8])

    /// Stores a document in place of what has its key. The secret is kept out of the journal.
    case setDocument(DocumentKey, body: [UInt8], secret: [UInt8] = [])
    case removeDocument(DocumentKey)
    /// Stores a document behind all others of its kind that were appended: its name is the sequence of its journal
    /// entry (`DocumentKey.name(ofSequence:)`).
    case appendDocument(DocumentKind, body: [UInt8])
    /// As `require`, for a document; 0: there is none.
    case requireDocument(DocumentKey, sequence: UInt64)

    /// Removes what is oldest in the journal, before this time in milliseconds since 1970; at most 10,000 entries, so
    /// again while it counts as `deleted`. What is left can still be proven.
    case trimJournal(before: UInt64)

    /// Makes this node a mirror, which takes changes from its primary only, or a primary again.
    case setMirror(Bool)
    /// What follows in the set comes from a primary that is no node of our kind: its changes are done on a mirror as
    /// well, under prefixes that are not homed yet too, and get entries of the mirror's own journal.
    case fromPrimary
    /// A record of a primary's stream, on a mirror: entries with what they left, or what fills the mirror at first. One
    /// that does not belong behind what is there fails the whole set.
    case follow(NodeRecord)
    /// Takes a record away that the primary does not have, by its key, while everything is fetched.
    case forget(key: [UInt8])
}

/// What to do with a handle that is there with other values (the same values, timestamps apart, are always unchanged).
public enum ConflictRule: UInt8, Sendable, CaseIterable {
    /// The change is rejected.
    case fail = 0
    /// What is there stays.
    case skip = 1
    /// The whole record takes its place.
    case replace = 2
}

/// Which input a set comes from, and how far it is in when the set is committed: stored in the same transaction.
public struct Checkpoint: Equatable, Sendable {
    public var source: SourceIdentity
    /// Where the input goes on behind this set: a byte offset, or whatever number the source counts in.
    public var position: UInt64

    public init(source: SourceIdentity, position: UInt64) {
        self.source = source
        self.position = position
    }
}

/// An input that can be resumed, such as path, size and digest of the first bytes: 1 to 511 bytes of the source's own
/// making, never shown.
public struct SourceIdentity: Hashable, Sendable {
    public static let byteCountMax = 511

    public var bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }
}
