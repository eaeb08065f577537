import CLMDB

/// A place in a table, moved in key order. What it lends lives as long as the borrow of its transaction, not only
/// until the next step.
@safe public struct Cursor: ~Copyable, ~Escapable {
    private let pointer: OpaquePointer

    @_lifetime(borrow transaction)
    init(_ transaction: borrowing ReadTransaction, _ database: Database) throws(LMDBError) {
        var cursor: OpaquePointer?
        try check(unsafe mdb_cursor_open(transaction.pointer, database.index, &cursor), "open a cursor")
        guard let cursor = unsafe cursor else { throw LMDBError(.other(0), "open a cursor") }
        unsafe pointer = cursor
    }

    // Safe: the borrow ends after this, so the transaction is still open.
    deinit { unsafe mdb_cursor_close(pointer) }

    @_lifetime(copy self)
    public mutating func first() throws(LMDBError) -> Entry? { try move(MDB_FIRST) }
    @_lifetime(copy self)
    public mutating func last() throws(LMDBError) -> Entry? { try move(MDB_LAST) }
    /// The entry behind this one; the first where the cursor stands nowhere yet.
    @_lifetime(copy self)
    public mutating func next() throws(LMDBError) -> Entry? { try move(MDB_NEXT) }
    @_lifetime(copy self)
    public mutating func previous() throws(LMDBError) -> Entry? { try move(MDB_PREV) }

    /// The entry with this key, or else the first one behind it.
    @_lifetime(copy self)
    public mutating func seek(_ key: RawSpan) throws(LMDBError) -> Entry? {
        unsafe try key.withValue { (value: inout MDB_val) -> Found in
            unsafe Found(pointer, MDB_SET_RANGE, key: value)
        }.entry(copying: self)
    }

    @_lifetime(copy self)
    private mutating func move(_ operation: MDB_cursor_op) throws(LMDBError) -> Entry? {
        try unsafe Found(pointer, operation, key: MDB_val()).entry(copying: self)
    }
}

/// What LMDB answered to a cursor's move.
@safe private struct Found {
    let code: Int32
    let key: MDB_val
    let value: MDB_val

    init(_ cursor: OpaquePointer, _ operation: MDB_cursor_op, key: MDB_val) {
        var key = unsafe key
        var value = unsafe MDB_val()
        code = unsafe mdb_cursor_get(cursor, &key, &value, operation)
        unsafe self.key = key
        unsafe self.value = value
    }

    @_lifetime(copy owner)
    func entry(copying owner: borrowing Cursor) throws(LMDBError) -> Entry? {
        guard code != MDB_NOTFOUND else { return nil }
        try check(code, "walk")
        // Safe: in a read transaction keys and values stay where they are until it ends; the lifetime says so.
        let key = unsafe UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size).bytes
        let value = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size).bytes
        return unsafe Entry(
            key: _overrideLifetime(key, copying: owner), value: _overrideLifetime(value, copying: owner))
    }
}
