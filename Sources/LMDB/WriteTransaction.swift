import CLMDB
import Glibc

/// The one writer: what it puts is seen by others, and is on the disk, when `commit` has returned.
///
/// Made once by the thread that writes, then begun and ended again and again on that thread (LMDB's rule; it is
/// therefore not Sendable). Spans that it lends end before its next change.
@safe public struct WriteTransaction: ~Copyable {
    private var pointer: OpaquePointer?
    private let environment: Environment

    /// A transaction that has not begun.
    public init(_ environment: Environment) {
        self.environment = environment
        unsafe pointer = nil
    }

    deinit { if let pointer = unsafe pointer { unsafe mdb_txn_abort(pointer) } }

    public var isOpen: Bool { unsafe pointer != nil }

    /// Waits for a writer of another process; fails when it has begun already.
    public mutating func begin() throws(LMDBError) {
        guard unsafe pointer == nil else { throw LMDBError(.badTransaction, "begin to write") }
        try check(unsafe mdb_txn_begin(environment.pointer, nil, 0, &pointer), "begin to write")
    }

    /// Makes the changes durable (fsync) and ends. After an error nothing of them is there.
    public mutating func commit() throws(LMDBError) {
        let transaction = unsafe try open("commit")
        unsafe pointer = nil
        let code = unsafe mdb_txn_commit(transaction)
        // LMDB says EIO for a failing disk and for a write that was cut short, which is how a full disk shows first.
        if code == EIO, let reason = environment.reasonNotToGrow() { throw LMDBError(.system(reason), "commit") }
        try check(code, "commit")
    }

    /// Forgets the changes and ends; nothing to do where none has begun.
    public mutating func abort() {
        if let transaction = unsafe pointer { unsafe mdb_txn_abort(transaction) }
        unsafe pointer = nil
    }

    /// The table of that name, made where there is none.
    public mutating func makeDatabase(_ name: String) throws(LMDBError) -> Database {
        var index: MDB_dbi = 0
        try check(unsafe mdb_dbi_open(open("make a table"), name, UInt32(MDB_CREATE), &index), "make a table")
        return Database(index: index)
    }

    /// The value of `key` as this transaction sees it, or nil.
    @_lifetime(borrow self)
    public func value(for key: RawSpan, in database: Database) throws(LMDBError) -> RawSpan? {
        let transaction = unsafe try open("read")
        var value = unsafe MDB_val()
        let code = unsafe key.withValue { unsafe mdb_get(transaction, database.index, &$0, &value) }
        guard code != MDB_NOTFOUND else { return nil }
        try check(code, "read")
        // Safe: the value stays where it is until the next change or the end, and both need `self`.
        let bytes = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size).bytes
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// The first entry in key order, or nil.
    @_lifetime(borrow self)
    public func first(in database: Database) throws(LMDBError) -> Entry? { try end(MDB_FIRST, of: database) }

    /// The last entry in key order, or nil.
    @_lifetime(borrow self)
    public func last(in database: Database) throws(LMDBError) -> Entry? { try end(MDB_LAST, of: database) }

    @_lifetime(borrow self)
    private func end(_ operation: MDB_cursor_op, of database: Database) throws(LMDBError) -> Entry? {
        let transaction = unsafe try open("walk")
        var cursor: OpaquePointer?
        try check(unsafe mdb_cursor_open(transaction, database.index, &cursor), "open a cursor")
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        let code = unsafe mdb_cursor_get(cursor, &key, &value, operation)
        // A cursor of a writer must be closed before its transaction ends.
        unsafe mdb_cursor_close(cursor)
        guard code != MDB_NOTFOUND else { return nil }
        try check(code, "walk")
        // Safe: as in `value`.
        let keyBytes = unsafe UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size).bytes
        let valueBytes = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size).bytes
        return unsafe Entry(
            key: _overrideLifetime(keyBytes, borrowing: self), value: _overrideLifetime(valueBytes, borrowing: self))
    }

    /// Stores `value` under `key`, over what is there.
    public mutating func put(_ value: RawSpan, for key: RawSpan, in database: Database) throws(LMDBError) {
        try put(value, for: key, in: database, flags: 0)
    }

    /// Stores `value` under a `key` behind the last one, which saves the search; one that is not throws `.keyExists`.
    public mutating func append(_ value: RawSpan, for key: RawSpan, in database: Database) throws(LMDBError) {
        try put(value, for: key, in: database, flags: UInt32(MDB_APPEND))
    }

    /// Removes `key`; whether it was there.
    @discardableResult
    public mutating func remove(_ key: RawSpan, in database: Database) throws(LMDBError) -> Bool {
        let transaction = unsafe try open("remove")
        let code = unsafe key.withValue { unsafe mdb_del(transaction, database.index, &$0, nil) }
        guard code != MDB_NOTFOUND else { return false }
        try check(code, "remove")
        return true
    }

    private mutating func put(
        _ value: RawSpan, for key: RawSpan, in database: Database, flags: UInt32
    ) throws(LMDBError) {
        let transaction = unsafe try open("write")
        let code = unsafe key.withValue { key in
            unsafe value.withValue { value in unsafe mdb_put(transaction, database.index, &key, &value, flags) }
        }
        try check(code, "write")
    }

    private func open(_ operation: StaticString) throws(LMDBError) -> OpaquePointer {
        guard let pointer = unsafe pointer else { throw LMDBError(.badTransaction, operation) }
        return unsafe pointer
    }
}
