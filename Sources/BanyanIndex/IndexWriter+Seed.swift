public import HandleProtocol
import LMDB
import OpenSSL

/// How far the filling of a mirror has come.
public struct SeedProgress: Equatable, Sendable {
    /// Where the primary's journal stood when it began: what it is followed from afterwards.
    public var sequence: UInt64
    public var time: UInt64
    public var chain: [UInt8]
    /// The last key that is there.
    public var lastKey: [UInt8]
}

extension IndexSnapshot {
    /// How far the filling of this mirror has come; nil where none is under way.
    public func seedProgress() throws(IndexError) -> SeedProgress? {
        guard let value = try transaction.meta(MetaTable.seed, in: index.tables) else { return nil }
        guard value.byteCount >= 48 else { throw .damagedMeta }
        return SeedProgress(
            sequence: value.bigEndianUInt64(at: 0), time: value.bigEndianUInt64(at: 8),
            chain: value.extracting(16..<48).array, lastKey: value.extracting(48..<value.byteCount).array)
    }

    /// Whether this index is a mirror's, which takes what its primary has and nothing else.
    public func isMirror() throws(IndexError) -> Bool {
        try transaction.meta(MetaTable.mirror, in: index.tables) != nil
    }
}

/// Fills a mirror with everything that its primary has, in the order of keys, over what is there: the place where it
/// broke off is durable with what came before it.
extension IndexWriter {
    public mutating func beginSeed(sequence: UInt64, time: UInt64, chain: RawSpan) throws(IndexError) {
        record.removeAll()
        record.write(sequence)
        record.write(time)
        record.write(raw: chain)
        try putPlain(MetaTable.seed)
    }

    public mutating func setSeedProgress(_ lastKey: [UInt8]) throws {
        try loadSeed()
        record.truncate(to: 48)
        record.write(raw: lastKey.rawSpan)
        try putPlain(MetaTable.seed)
    }

    /// Puts a record as the primary has it, whatever is there.
    public mutating func seedRecord(_ keyBytes: RawSpan, _ bytes: RawSpan) throws {
        guard let view = RecordView(key: keyBytes, bytes: bytes) else { throw ReplayProblem.malformed }
        var key = IndexKey()
        guard key.set(stored: keyBytes, of: view) else { throw ReplayProblem.malformed }
        let digest = ContentDigest(digests.digest(key.bytes, bytes, algorithm: .sha256))
        try putCopy(of: bytes, under: key, digest: digest, overLater: true)
    }

    /// Removes the record under a key; false where none is.
    public mutating func forget(_ keyBytes: RawSpan) throws -> Bool {
        var key = IndexKey()
        guard try Self.find(keyBytes, transaction, index.tables, &key) else { return false }
        try select(key)
        try openPrefix(of: key)
        prefix.uncount(before, key, digests)
        try transaction.remove(keyBytes, in: index.tables.handles)
        if keepsChangedKeys { Self.append(key, to: &changed) }
        countDirty(0, appended: false)
        return true
    }

    public mutating func seedPrefix(_ prefix: NodeRecord.PrefixState) throws {
        guard let state = PrefixEntry.State(rawValue: prefix.state), let rule = CaseRule(rawValue: prefix.caseRule),
            (1...Limits.prefixByteCount).contains(prefix.name.count)
        else { throw ReplayProblem.malformed }
        let entry = PrefixEntry(caseRule: rule, state: state)
        try putPrefix(prefix.name.rawSpan, entry, rules: prefix.rules, sequence: prefix.sequence, overLater: true)
    }

    public mutating func seedSetting(_ name: [UInt8], _ value: RawSpan) throws(IndexError) {
        record.removeAll()
        record.write(raw: value)
        try putPlain(Array(MetaTable.settingPrefix.utf8) + name)
    }

    /// Puts a document as it is stored elsewhere; an empty value removes it.
    public mutating func putDocument(_ key: RawSpan, _ value: RawSpan, sequence: UInt64) throws {
        let name = MetaTable.documentName(key)
        // LMDB's longest key.
        guard name.count <= 511, value.byteCount == 0 || value.byteCount >= 4 else {
            throw ReplayProblem.malformed
        }
        record.removeAll()
        record.write(raw: value)
        try putPlain(name, sequence: sequence)
    }

    /// Everything is there: the journal begins where the primary's stood. What it held before must have been removed
    /// but for its newest entry.
    public mutating func endSeed() throws {
        try loadSeed()
        guard record.byteCount >= 48 else { throw ReplayProblem.malformed }
        record.truncate(to: 48)
        let base = JournalHead(base: record.bytes.array.rawSpan)
        if let key = try Self.lastKey(transaction, index.tables) {
            try transaction.remove(key.rawSpan, in: index.tables.journal)
        }
        guard try Self.lastKey(transaction, index.tables) == nil else { throw ReplayProblem.malformed }
        try putPlain(MetaTable.journal)
        record.removeAll()
        try putPlain(MetaTable.seed)
        journal = base
    }

    /// Sets the key to that of the record that is stored under the same bytes; false where none is.
    private static func find(
        _ keyBytes: RawSpan, _ transaction: borrowing WriteTransaction, _ tables: Tables, _ key: inout IndexKey
    ) throws -> Bool {
        guard let bytes = try transaction.value(for: keyBytes, in: tables.handles) else { return false }
        guard let view = RecordView(key: keyBytes, bytes: bytes), key.set(stored: keyBytes, of: view) else {
            throw IndexError.damagedRecord
        }
        return true
    }

    private static func lastKey(
        _ transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws(LMDBError) -> [UInt8]? {
        try transaction.last(in: tables.journal)?.key.array
    }

    private mutating func loadSeed() throws {
        record.removeAll()
        let name = MetaTable.seed
        try Self.load(name, transaction, index.tables, into: &record)
    }

    private static func load(
        _ name: [UInt8], _ transaction: borrowing WriteTransaction, _ tables: Tables, into scratch: inout ScratchBytes
    ) throws {
        guard let bytes = try transaction.value(for: name.rawSpan, in: tables.meta),
            let value = MetaTable.value(key: name.rawSpan, bytes: bytes)
        else { throw ReplayProblem.malformed }
        scratch.write(raw: value)
    }
}

extension IndexKey {
    /// Takes the key of a stored record: the folded name itself, or, where it is cut, made of the name that the record
    /// keeps. False where key and record do not belong together.
    mutating func set(stored key: RawSpan, of record: RecordView) -> Bool {
        guard key.byteCount > Self.plainByteCountMax else { return setFolded(key) }
        guard let name = record.name else { return false }
        for rule in [CaseRule.insensitive, .sensitiveLocalName] where set(name, caseRule: rule) {
            if bytes.hasSameBytes(as: key) { return true }
        }
        return false
    }
}
