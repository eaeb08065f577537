import CLMDB

/// One table of an environment; valid as long as the environment is open.
public struct Database: Equatable, Sendable {
    let index: MDB_dbi

    /// Longest key, in bytes. Keys are never empty.
    public static let keyByteCountMax = 511
}

/// What a table takes up.
public struct DatabaseStatistics: Equatable, Sendable {
    public var entryCount: Int
    /// Levels of the tree.
    public var depth: Int
    public var branchPageCount: Int
    public var leafPageCount: Int
    /// Pages of values that are too large for a leaf.
    public var overflowPageCount: Int

    /// All pages of the tree.
    public var pageCount: Int { branchPageCount + leafPageCount + overflowPageCount }

    init(_ stat: MDB_stat) {
        entryCount = stat.ms_entries
        depth = Int(stat.ms_depth)
        branchPageCount = stat.ms_branch_pages
        leafPageCount = stat.ms_leaf_pages
        overflowPageCount = stat.ms_overflow_pages
    }
}

/// A key and its value, where they lie in the map.
public struct Entry: ~Escapable {
    public let key: RawSpan
    public let value: RawSpan

    @_lifetime(copy key, copy value)
    init(key: RawSpan, value: RawSpan) {
        self.key = key
        self.value = value
    }
}

extension RawSpan {
    /// Calls `body` with these bytes as LMDB takes them; the pointer is not kept.
    func withValue<Result: ~Copyable>(_ body: (inout MDB_val) -> Result) -> Result {
        unsafe withUnsafeBytes { buffer in
            // LMDB only reads through it: keys and values that are put are copied into the map.
            var value = unsafe MDB_val(
                mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
            return unsafe body(&value)
        }
    }
}
