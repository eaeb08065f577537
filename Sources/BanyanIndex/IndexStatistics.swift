import LMDB

/// What an index holds and takes up.
public struct IndexStatistics: Equatable, Sendable {
    /// Records, those of deleted handles included.
    public var recordCount: Int
    public var prefixCount: Int
    /// Entries in the journal.
    public var journalCount: Int
    /// Levels of the tree of handles: page reads of one look-up.
    public var depth: Int
    /// Pages in use or once used, in bytes: the file's size.
    public var usedByteCount: Int
    /// What the file may grow to, in bytes.
    public var mapByteCount: Int
    /// Pages of handles and of the journal, in bytes.
    public var handleByteCount: Int
    public var journalByteCount: Int
    /// Slots of readers that were ever taken at one time, and how many there are.
    public var readerCount: Int
    public var readerCountMax: Int

    init(of index: HandleIndex) throws(IndexError) {
        do throws(LMDBError) {
            let transaction = try ReadTransaction(index.environment)
            let handles = try transaction.statistics(of: index.tables.handles)
            let journal = try transaction.statistics(of: index.tables.journal)
            let environment = try index.environment.statistics()
            recordCount = handles.entryCount
            prefixCount = try transaction.statistics(of: index.tables.prefixes).entryCount
            journalCount = journal.entryCount
            depth = handles.depth
            usedByteCount = environment.usedByteCount
            mapByteCount = environment.mapByteCount
            handleByteCount = handles.pageCount * environment.pageByteCount
            journalByteCount = journal.pageCount * environment.pageByteCount
            readerCount = environment.readerCount
            readerCountMax = environment.readerCountMax
        } catch {
            throw .store(error)
        }
    }
}
