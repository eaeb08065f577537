import HandleProtocol
import LMDB
import OpenSSL

/// Which records a walk visits: those whose keys begin with the same bytes, from a key on.
public struct RecordRange: Sendable {
    var start: [UInt8]
    var continuesAfter: [UInt8]?
    var includesDeleted = false

    /// Every handle.
    public static let all = RecordRange(start: [])

    /// The handles under a folded prefix, named without `0.NA/`.
    public static func handles(under prefix: [UInt8]) -> RecordRange {
        RecordRange(start: prefix + [UInt8(ascii: "/")])
    }

    /// The prefixes below a folded prefix: names `0.NA/P.…`, at any depth.
    public static func prefixes(derivedFrom prefix: [UInt8]) -> RecordRange {
        RecordRange(start: Array("0.NA/".utf8) + prefix + [UInt8(ascii: ".")])
    }

    /// The rest of the range behind a key that an earlier walk has given: lists and dumps go on so, in a new snapshot.
    public func continuing(after key: [UInt8]) -> RecordRange {
        var rest = self
        rest.continuesAfter = key
        return rest
    }

    /// With the records of deleted handles, which have no values.
    public func includingDeleted() -> RecordRange {
        var range = self
        range.includesDeleted = true
        return range
    }
}

/// A record and its key where they lie.
public struct RecordEntry: ~Escapable {
    public let key: RawSpan
    public let record: RecordView

    @_lifetime(copy key, copy record)
    init(key: RawSpan, record: RecordView) {
        self.key = key
        self.record = record
    }

    /// SHA-256 of key and record: what the prefix's digest is the sum of.
    public func digest() -> ContentDigest {
        ContentDigest(DigestContext().digest(key, record.bytes, algorithm: .sha256))
    }

    /// The name as registered.
    public var name: RawSpan {
        @_lifetime(copy self)
        get {
            guard let kept = record.name else { return key }
            return kept
        }
    }
}

/// A walk over records in key order. Finding its place costs one look-up whatever the size of the index; a caller that
/// waits for anything stops, resets the snapshot, and continues behind the last key.
public struct RecordWalk: ~Copyable, ~Escapable {
    private var cursor: Cursor
    private let range: RecordRange
    private var hasBegun = false

    @_lifetime(copy cursor)
    init(_ cursor: consuming Cursor, _ range: RecordRange) {
        self.cursor = cursor
        self.range = range
    }

    /// The next record, nil behind the last one of the range.
    /// - Throws: `.damagedRecord` for one whose checksum is wrong; the walk may go on behind it.
    @_lifetime(copy self)
    public mutating func next() throws(IndexError) -> RecordEntry? {
        while let entry = try step() {
            guard entry.key.begins(with: range.start) else { return nil }
            guard let record = RecordView(key: entry.key, bytes: entry.value) else { throw .damagedRecord }
            if range.includesDeleted || !record.flags.contains(.deleted) {
                return RecordEntry(key: entry.key, record: record)
            }
        }
        return nil
    }

    @_lifetime(copy self)
    private mutating func step() throws(IndexError) -> Entry? {
        do throws(LMDBError) {
            if hasBegun { return try cursor.next() }
            hasBegun = true
            let range = range
            guard let after = range.continuesAfter, !after.isEmpty else {
                return range.start.isEmpty ? try cursor.first() : try cursor.seek(range.start.rawSpan)
            }
            guard let found = try cursor.seek(after.rawSpan) else { return nil }
            return found.key.hasSameBytes(as: after.rawSpan) ? try cursor.next() : found
        } catch {
            throw .store(error)
        }
    }
}

extension IndexSnapshot {
    /// A walk over the records of `range` in key order.
    @_lifetime(borrow self)
    public func records(in range: RecordRange) throws(IndexError) -> RecordWalk {
        RecordWalk(try cursor(in: index.tables.handles), range)
    }

    @_lifetime(borrow self)
    func cursor(in table: Database) throws(IndexError) -> Cursor {
        do throws(LMDBError) { return try transaction.cursor(in: table) } catch { throw .store(error) }
    }
}

extension RawSpan {
    func begins(with start: [UInt8]) -> Bool {
        byteCount >= start.count && extracting(0..<start.count).hasSameBytes(as: start.rawSpan)
    }
}
