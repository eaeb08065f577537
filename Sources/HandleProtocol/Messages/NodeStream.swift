/// Replication between nodes of Banyan's kind: the reference's operations 1001 and 1002 with streams of their own. A
/// reference server takes the requests for malformed, which is how a mirror finds out whom it asks.
///
/// A mirror's journal is a copy of its primary's, entry by entry, and its records are the same bytes: so their hash
/// chain and the digests of prefixes can be compared.
public enum NodeStream {
    /// Of a stream of journal entries, in place of the reference's format 1.
    public static let journalFormat: UInt32 = 16
    /// Of a stream of everything, in place of the reference's format 2.
    public static let contentFormat: UInt32 = 17

    /// Tables of `DumpRequest.ResumePoint`: the stream begins behind its handle, which is a key here.
    public static let recordsTable: UInt32 = 16
    /// The records' digests, for comparison.
    public static let digestsTable: UInt32 = 17
    /// The prefixes with counts and digests.
    public static let prefixesTable: UInt32 = 18
}

/// A place in a journal: behind the entry of that sequence.
public struct JournalPosition: Equatable, Sendable {
    public static let chainByteCount = 32

    public var sequence: UInt64
    /// The chain there.
    public var chain: [UInt8]
    /// The newest promotion that whoever speaks knows of.
    public var term: UInt64
    /// As sent; the bits but for `follows` mean nothing, and are kept.
    private var flags: UInt8

    /// Whether entries are to be sent on as they come, until the connection ends.
    public var follows: Bool { flags & 1 != 0 }

    public init(sequence: UInt64, chain: [UInt8], term: UInt64, follows: Bool = false) {
        self.sequence = sequence
        self.chain = chain
        self.term = term
        flags = follows ? 1 : 0
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        sequence = try reader.readUInt64("journal sequence")
        chain = try reader.readBytes(count: Self.chainByteCount, "journal chain").array
        term = try reader.readUInt64("journal term")
        flags = try reader.readUInt8("journal flags")
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(sequence)
        writer.write(raw: chain)
        writer.write(term)
        writer.write(flags)
    }
}

extension TransactionStreamHeader.Status {
    /// The sender's journal has another past than the asker's: behind this header stands where it ends.
    public static let otherPast = TransactionStreamHeader.Status(rawValue: 16)
}

/// A record of a stream of journal entries or of everything, behind its header.
public enum NodeRecord: Equatable, Sendable {
    /// Kind 0: all up to here belongs together, and is signed together. Where the sender's journal ends, its clock in
    /// milliseconds since 1970, and its term.
    case mark(JournalPosition, date: UInt64)
    /// Kind 1: an entry as it is stored, and what it concerns as it was behind it; nil where a later entry tells, or
    /// where it is nobody else's business.
    case entry(sequence: UInt64, bytes: [UInt8], after: [UInt8]?)
    /// Kind 2: a record as it is stored.
    case record(key: [UInt8], bytes: [UInt8])
    /// Kind 3: a prefix, named without `0.NA/`.
    case prefix(PrefixState)
    /// Kind 4: a setting of the node.
    case setting(name: [UInt8], value: [UInt8])
    /// Kind 5: all records up to this key have been sent.
    case page(lastKey: [UInt8])
    /// Kind 6: a record's digest.
    case digest(key: [UInt8], digest: [UInt8])
    /// Kind 7: what the journal is chained with, at the beginning of everything.
    case chainAlgorithm(UInt8)
    /// Kind 8: a document as it is stored, and the sequence of its last change; an empty value: there is none. Sent
    /// inside TLS only, since secrets stand in it.
    case document(key: [UInt8], value: [UInt8], sequence: UInt64)
    /// Kind 255: the end of everything.
    case end

    /// What is told of a prefix.
    public struct PrefixState: Equatable, Sendable {
        public var name: [UInt8]
        public var state: UInt8
        public var caseRule: UInt8
        /// Of its last change of state or rule.
        public var sequence: UInt64
        public var handleCount: UInt64
        public var recordCount: UInt64
        public var digest: [UInt8]
        /// Rules for names, as the node writes them; empty: none.
        public var rules: [UInt8]

        public init(
            name: [UInt8], state: UInt8, caseRule: UInt8, sequence: UInt64, handleCount: UInt64, recordCount: UInt64,
            digest: [UInt8], rules: [UInt8] = []
        ) {
            self.name = name
            self.state = state
            self.caseRule = caseRule
            self.sequence = sequence
            self.handleCount = handleCount
            self.recordCount = recordCount
            self.digest = digest
            self.rules = rules
        }
    }

    /// Whether a signature follows in a signed stream: it covers all records since the one before.
    public var isSigned: Bool {
        switch self {
        case .mark, .page, .end: true
        default: false
        }
    }
}
