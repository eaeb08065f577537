// LMDB as Swift sees it: environments, transactions, cursors, errors. The only caller of CLMDB.
//
// UNSAFE ISLAND (store), this whole module. What is proven here: one environment a path and process; a pointer into
// the map never leaves but as a RawSpan that borrows its transaction, so that renewing, ending or writing while it is
// held does not compile; cursors end before their transaction.
//
// Flags (lmdb.h): MDB_NOTLS, so that a read transaction belongs to its owner and not to a thread; MDB_NORDAHEAD, since
// look-ups are random. Never NOSYNC, NOMETASYNC, WRITEMAP, MAPASYNC or NOLOCK: a commit that returns has reached the
// disk.
import CLMDB
import CLinux
import Glibc
import Synchronization

/// An open environment: one file of tables in a directory. Closed when the last user lets go of it.
///
/// Sendable: LMDB locks what its threads share, and the pointer is set once.
@safe public final class Environment: @unchecked Sendable {
    public enum Access: Sendable {
        /// Reads only; another process may write.
        case readOnly
        /// Reads and writes what is there.
        case readWrite
        /// As `readWrite`; makes the file where there is none.
        case create
    }

    /// Read transactions at one time, of all processes.
    public static let readerCountMax = 1_024
    /// Tables in one environment.
    public static let databaseCountMax = 32
    /// Bytes of the map: the file system's size within these bounds. The upper one is what ThreadSanitizer bears.
    public static let mapByteCounts = (64 << 30)...(1 << 40)

    let pointer: OpaquePointer
    private let identity: DirectoryIdentity

    /// - Parameters:
    ///   - directory: holds `data.mdb` and `lock.mdb`; must exist, on a local file system.
    ///   - mapByteCount: largest size that the file may ever reach; nil: the size of the file system, within bounds.
    public init(directory: String, access: Access, mapByteCount: Int? = nil) throws(LMDBError) {
        let identity = try DirectoryIdentity(of: directory)
        guard OpenDirectories.insert(identity) else { throw LMDBError(.alreadyOpen, "open the environment") }
        var environment: OpaquePointer?
        do throws(LMDBError) {
            try check(unsafe mdb_env_create(&environment), "make an environment")
            guard let environment = unsafe environment else { throw LMDBError(.other(0), "make an environment") }
            unsafe try Self.open(environment, directory, access, mapByteCount ?? identity.mapByteCount)
            unsafe pointer = environment
            self.identity = identity
        } catch {
            // Also after a failed open: lmdb.h asks for it.
            if let environment = unsafe environment { unsafe mdb_env_close(environment) }
            OpenDirectories.remove(identity)
            throw error
        }
    }

    deinit {
        unsafe mdb_env_close(pointer)
        OpenDirectories.remove(identity)
    }

    /// Sizes and counts first, then open: LMDB takes them in this order only.
    private static func open(
        _ environment: OpaquePointer, _ directory: String, _ access: Access, _ mapByteCount: Int
    ) throws(LMDBError) {
        try check(unsafe mdb_env_set_mapsize(environment, mapByteCount), "set the map's size")
        try check(unsafe mdb_env_set_maxreaders(environment, UInt32(readerCountMax)), "set the number of readers")
        try check(unsafe mdb_env_set_maxdbs(environment, UInt32(databaseCountMax)), "set the number of tables")
        if access != .create {
            // Without this LMDB would make an empty file where there is none.
            guard unsafe Glibc.access(directory + "/data.mdb", F_OK) == 0 else {
                throw LMDBError(.system(errno), "open the environment")
            }
        }
        var flags = UInt32(MDB_NOTLS) | UInt32(MDB_NORDAHEAD)
        if access == .readOnly { flags |= UInt32(MDB_RDONLY) }
        try check(unsafe mdb_env_open(environment, directory, flags, 0o640), "open the environment")
        unsafe try checkFileSize(environment)
        var dead: Int32 = 0
        try check(unsafe mdb_reader_check(environment, &dead), "clear dead readers")
    }

    /// The data file must hold every page that its meta page speaks of: reading one that is not there ends the
    /// process. The descriptor is closed on exec, which LMDB leaves to us.
    private static func checkFileSize(_ environment: OpaquePointer) throws(LMDBError) {
        var descriptor: mdb_filehandle_t = -1
        try check(unsafe mdb_env_get_fd(environment, &descriptor), "open the environment")
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw LMDBError(.system(errno), "open the environment")
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw LMDBError(.system(errno), "open the environment") }
        var info = unsafe MDB_envinfo()
        var pages = MDB_stat()
        try check(unsafe mdb_env_info(environment, &info), "open the environment")
        try check(unsafe mdb_env_stat(environment, &pages), "open the environment")
        let pageByteCount = Int(pages.ms_psize)
        guard pageByteCount.nonzeroBitCount == 1, (512...65_536).contains(pageByteCount) else {
            throw LMDBError(.damaged, "open the environment")
        }
        let (needed, overflow) = unsafe (info.me_last_pgno &+ 1).multipliedReportingOverflow(by: pageByteCount)
        guard !overflow, status.st_size >= needed else { throw LMDBError(.truncated, "open the environment") }
    }

    /// The tables of these names, which must be there, for any transaction from now on.
    public func databases(_ names: [String]) throws(LMDBError) -> [Database] {
        var transaction: OpaquePointer?
        try check(unsafe mdb_txn_begin(pointer, nil, UInt32(MDB_RDONLY), &transaction), "open the tables")
        var databases: [Database] = []
        for name in names {
            var index: MDB_dbi = 0
            let code = unsafe mdb_dbi_open(transaction, name, 0, &index)
            guard code == 0 else {
                unsafe mdb_txn_abort(transaction)
                throw LMDBError(code: code, "open the tables")
            }
            databases.append(Database(index: index))
        }
        // Committed, not aborted: otherwise the tables would be closed again.
        try check(unsafe mdb_txn_commit(transaction), "open the tables")
        return databases
    }

    /// Frees the slots of readers whose process is gone; how many. For once a minute: killed tools leave them.
    @discardableResult
    public func clearDeadReaders() throws(LMDBError) -> Int {
        var dead: Int32 = 0
        try check(unsafe mdb_reader_check(pointer, &dead), "clear dead readers")
        return Int(dead)
    }

    /// Bytes free to us, and all bytes, of the file system that the file is on.
    public func fileSystemByteCounts() throws(LMDBError) -> (free: Int, total: Int) {
        var descriptor: mdb_filehandle_t = -1
        try check(unsafe mdb_env_get_fd(pointer, &descriptor), "read figures")
        var system = statvfs()
        guard unsafe fstatvfs(descriptor, &system) == 0 else { throw LMDBError(.system(errno), "read figures") }
        let unit = Int(clamping: system.f_frsize)
        return (
            Int(clamping: system.f_bavail).multipliedClamping(by: unit),
            Int(clamping: system.f_blocks).multipliedClamping(by: unit)
        )
    }

    /// Kinds of file systems that are shared between machines or served by a process (statfs(2)): NFS, SMB, CIFS,
    /// SMB 2, FUSE, 9P, Ceph, AFS, Lustre. Locks and shared maps do not hold there as LMDB needs them.
    private static let foreignFileSystems: Set<UInt32> = [
        0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x0102_1997, 0x00C3_6400, 0x5346_414F, 0x0BD0_0BD0,
    ]

    /// Whether the file is on a file system of this machine's kernel alone.
    public func isOnLocalFileSystem() throws(LMDBError) -> Bool {
        var descriptor: mdb_filehandle_t = -1
        try check(unsafe mdb_env_get_fd(pointer, &descriptor), "read figures")
        let kind = cl_file_system_type(descriptor)
        guard kind >= 0 else { throw LMDBError(.system(errno), "read figures") }
        return !Self.foreignFileSystems.contains(UInt32(truncatingIfNeeded: kind))
    }

    /// Why the file cannot grow by a page (ENOSPC, EDQUOT or EFBIG); nil when it can, or fails otherwise. LMDB takes
    /// a page behind its last one for free.
    func reasonNotToGrow() -> Int32? {
        var descriptor: mdb_filehandle_t = -1
        var status = stat()
        guard unsafe mdb_env_get_fd(pointer, &descriptor) == 0, unsafe fstat(descriptor, &status) == 0 else {
            return nil
        }
        let page = [UInt8](repeating: 0, count: 4_096)
        let written = unsafe pwrite(descriptor, page, page.count, status.st_size)
        guard written < page.count else { return nil }
        let reason = written < 0 ? errno : ENOSPC
        return LMDBError(.system(reason), "grow").isOutOfRoom ? reason : nil
    }

    /// Sizes of map and file.
    public func statistics() throws(LMDBError) -> EnvironmentStatistics {
        var info = unsafe MDB_envinfo()
        var pages = MDB_stat()
        try check(unsafe mdb_env_info(pointer, &info), "read figures")
        try check(unsafe mdb_env_stat(pointer, &pages), "read figures")
        return unsafe EnvironmentStatistics(
            mapByteCount: info.me_mapsize, usedByteCount: (info.me_last_pgno + 1) * Int(pages.ms_psize),
            pageByteCount: Int(pages.ms_psize), readerCount: Int(info.me_numreaders),
            readerCountMax: Int(info.me_maxreaders), lastTransaction: UInt64(info.me_last_txnid))
    }

    /// Writes a whole copy to the open file `descriptor` as of now; `compacting` leaves free pages out and is slower.
    /// Holds a read transaction for its whole length.
    public func copy(to descriptor: Int32, compacting: Bool) throws(LMDBError) {
        try check(unsafe mdb_env_copyfd2(pointer, descriptor, compacting ? UInt32(MDB_CP_COMPACT) : 0), "copy")
    }
}

/// What an environment takes up.
public struct EnvironmentStatistics: Equatable, Sendable {
    /// What the file may grow to.
    public var mapByteCount: Int
    /// Pages in use or once used: the file's size but for what is not written yet.
    public var usedByteCount: Int
    public var pageByteCount: Int
    /// Slots of readers taken so far.
    public var readerCount: Int
    public var readerCountMax: Int
    public var lastTransaction: UInt64
}

/// Throws unless LMDB said 0.
@inline(__always)
func check(_ code: Int32, _ operation: @autoclosure () -> StaticString) throws(LMDBError) {
    guard code == 0 else { throw LMDBError(code: code, operation()) }
}

extension Int {
    /// The product, or the largest number where it would be larger.
    func multipliedClamping(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
