import HandleProtocol
import LMDB

extension IndexWriter {
    /// Removes the journal's oldest entries, as far as they are older than `time` (ms since 1970), at most
    /// `count` of them; how many. Sequence, time and chain of the last one removed stay: so the rest can still be
    /// proven, and a question about earlier times gets the time from which on there is an answer. The newest entry
    /// always stays.
    public mutating func trimJournal(before time: UInt64, atMost count: Int) throws(IndexError) -> Int {
        let tables = index.tables
        var removed = 0
        var base: JournalHead?
        do {
            while removed < count, let oldest = try Self.oldest(transaction, tables), oldest.time < time,
                oldest.sequence < journal.sequence
            {
                row.removeAll()
                row.write(oldest.sequence)
                try transaction.remove(row, in: tables.journal)
                base = oldest
                removed += 1
            }
            guard let base else { return 0 }
            record.removeAll()
            record.write(base.sequence)
            record.write(base.time)
            base.chain.write(to: &record)
            MetaTable.write(record, name: MetaTable.journal, sequence: 0, into: &row)
            try transaction.put(row, for: MetaTable.journal, in: tables.meta)
        } catch {
            throw IndexError(error)
        }
        countDirty(removed * 128, appended: true)
        return removed
    }

    private static func oldest(_ transaction: borrowing WriteTransaction, _ tables: Tables) throws -> JournalHead? {
        guard let first = try transaction.first(in: tables.journal) else { return nil }
        return JournalHead(try IndexSnapshot.entry(first))
    }
}

extension WriteTransaction {
    mutating func remove(_ key: borrowing ScratchBytes, in database: Database) throws(LMDBError) {
        try remove(key.bytes, in: database)
    }
}
