import HandleProtocol
import LMDB

/// The version of all formats together.
enum Schema {
    /// What this program writes, and the newest that it reads.
    ///
    /// Version 2 adds states of handles, rules for names and reasons in the journal. What version 1 has written stays
    /// as it is: all of it is read, and what needs nothing new is written as before.
    static let version: UInt32 = 2

    /// Makes the tables and their first entries, in one transaction.
    static func create(in environment: Environment, chainAlgorithm: ChainAlgorithm) throws(IndexError) {
        do {
            var transaction = WriteTransaction(environment)
            try transaction.begin()
            var databases: [Database] = []
            for name in Tables.names { databases.append(try transaction.makeDatabase(name)) }
            let tables = Tables(databases)
            let name = MetaTable.schema
            if try transaction.value(for: name.rawSpan, in: tables.meta) != nil { throw IndexError.exists }
            try put({ $0.write(version) }, MetaTable.schema, &transaction, tables)
            try put({ $0.write(chainAlgorithm.rawValue) }, MetaTable.chain, &transaction, tables)
            try put({ $0.write(1 as UInt64) }, MetaTable.generation, &transaction, tables)
            try transaction.commit()
        } catch {
            throw IndexError(error)
        }
    }

    /// Raises the version of an index that an earlier program has made, before anything is written in a newer form.
    static func raise(in environment: Environment, _ tables: Tables) throws(IndexError) {
        do {
            var transaction = WriteTransaction(environment)
            try transaction.begin()
            guard try stored(in: transaction, tables) < version else { return transaction.abort() }
            try put({ $0.write(version) }, MetaTable.schema, &transaction, tables)
            try transaction.commit()
        } catch {
            throw IndexError(error)
        }
    }

    private static func stored(
        in transaction: borrowing WriteTransaction, _ tables: Tables
    ) throws(LMDBError) -> UInt32 {
        let name = MetaTable.schema
        guard let bytes = try transaction.value(for: name.rawSpan, in: tables.meta),
            let value = MetaTable.value(key: name.rawSpan, bytes: bytes)
        else { return version }
        return value.bigEndianUInt32(at: 0)
    }

    /// Refuses a newer schema; gives the journal's algorithm.
    static func check(_ environment: Environment, _ tables: Tables) throws(IndexError) -> ChainAlgorithm {
        do {
            let transaction = try ReadTransaction(environment)
            guard let stored = try transaction.meta(MetaTable.schema, in: tables), stored.byteCount == 4 else {
                throw IndexError.damagedMeta
            }
            let found = stored.bigEndianUInt32(at: 0)
            guard found <= version else { throw IndexError.newerSchema(found) }
            guard let chain = try transaction.meta(MetaTable.chain, in: tables),
                let algorithm = ChainAlgorithm(rawValue: chain.byte(at: 0))
            else { throw IndexError.damagedMeta }
            return algorithm
        } catch {
            throw IndexError(error)
        }
    }

    private static func put(
        _ value: (inout ScratchBytes) -> Void, _ name: [UInt8], _ transaction: inout WriteTransaction, _ tables: Tables
    ) throws(LMDBError) {
        var bytes = ScratchBytes()
        var entry = ScratchBytes()
        value(&bytes)
        MetaTable.write(bytes, name: name, sequence: 0, into: &entry)
        try transaction.put(entry, for: name, in: tables.meta)
    }
}
