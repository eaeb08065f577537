import CLMDB

/// A snapshot of the environment: sees one state, blocks nobody, and pins the pages of that state until it is reset or
/// ends. Values are lent: they end with the borrow of the transaction, which the compiler checks.
///
/// Reset and renew it around each piece of work (10 ns) and never let it wait for a client or a disk: pages freed
/// meanwhile cannot be used again.
///
/// Sendable: with MDB_NOTLS a read transaction belongs to its owner, not to a thread, and ~Copyable gives it one owner.
@safe public struct ReadTransaction: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer
    private let environment: Environment

    public init(_ environment: Environment) throws(LMDBError) {
        var transaction: OpaquePointer?
        try check(
            unsafe mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &transaction), "begin to read")
        guard let transaction = unsafe transaction else { throw LMDBError(.other(0), "begin to read") }
        unsafe pointer = transaction
        self.environment = environment
    }

    deinit { unsafe mdb_txn_abort(pointer) }

    /// Lets go of the state; until `renew` every read fails.
    public mutating func reset() { unsafe mdb_txn_reset(pointer) }

    /// Takes the newest state, after `reset`.
    public mutating func renew() throws(LMDBError) {
        try check(unsafe mdb_txn_renew(pointer), "renew a reader")
    }

    /// Number of the state: that of the last transaction committed before it.
    public var number: UInt64 { UInt64(unsafe mdb_txn_id(pointer)) }

    /// The value of `key`, or nil.
    @_lifetime(borrow self)
    public func value(for key: RawSpan, in database: Database) throws(LMDBError) -> RawSpan? {
        var value = unsafe MDB_val()
        let code = unsafe key.withValue { unsafe mdb_get(pointer, database.index, &$0, &value) }
        guard code != MDB_NOTFOUND else { return nil }
        try check(code, "read")
        // Safe: LMDB keeps a value where it is until the transaction ends or is reset, and both need `self`.
        let bytes = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size).bytes
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// A walk over `database` in key order.
    @_lifetime(borrow self)
    public func cursor(in database: Database) throws(LMDBError) -> Cursor { try Cursor(self, database) }

    public func statistics(of database: Database) throws(LMDBError) -> DatabaseStatistics {
        var stat = MDB_stat()
        try check(unsafe mdb_stat(pointer, database.index, &stat), "read figures")
        return DatabaseStatistics(stat)
    }
}
