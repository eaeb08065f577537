// BanyanIndex: the tables of a node and the snapshots that lend their bytes.
//
// One LMDB environment a data directory holds five tables: `handles` (key → record), `prefixes`, `journal` (sequence →
// change), `meta` (version, site record, settings) and `checkpoints` (bulk source → place). Their layouts are drawn
// where they are parsed and written: RecordFormat, PrefixFormat, JournalFormat, MetaTable; what a key is: IndexKey.
//
//   HandleIndex      the open environment
//   IndexSnapshot    reads: one state, renewed once a batch; records are lent, not copied
//   IndexWriter      writes: record, journal entry and prefix digest in one transaction; knows formats, not rules
//   Verification     walks everything and proves it
//
// It imports the protocol, LMDB and digests; no Foundation, no sockets, no log.
import HandleProtocol
import LMDB
import OpenSSL
import Synchronization

/// The index of one data directory, open. One a path and process; any number of snapshots and one writer share it.
///
/// Opening reads a few pages whatever the size: nothing is scanned.
public final class HandleIndex: Sendable {
    public enum Access: Sendable {
        case readOnly
        case readWrite
        /// Makes a new index; one that is there already is refused.
        case create
    }

    let environment: Environment
    let tables: Tables
    /// The journal's hash chain, chosen when the index was made.
    public let chainAlgorithm: ChainAlgorithm
    /// The newest cache that a snapshot has built, for the next one to take.
    private let newestCache = Mutex<SnapshotCache?>(nil)

    /// - Parameters:
    ///   - directory: the node's data directory, on a local file system.
    ///   - mapByteCount: what the file may grow to; nil: the file system's size, at least 64 GiB, at most 1 TiB.
    ///   - chainAlgorithm: used with `.create` only; otherwise the stored one counts.
    /// - Throws: `.exists` for `.create` on an index; `.newerSchema` for one of a later version of this program.
    public init(
        directory: String, access: Access, mapByteCount: Int? = nil, chainAlgorithm: ChainAlgorithm = .sha256
    ) throws(IndexError) {
        do {
            switch access {
            case .readOnly:
                environment = try Environment(directory: directory, access: .readOnly, mapByteCount: mapByteCount)
            case .readWrite:
                environment = try Environment(directory: directory, access: .readWrite, mapByteCount: mapByteCount)
            case .create:
                environment = try Environment(directory: directory, access: .create, mapByteCount: mapByteCount)
                try Schema.create(in: environment, chainAlgorithm: chainAlgorithm)
            }
            tables = try Tables(in: environment)
            self.chainAlgorithm = try Schema.check(environment, tables)
            if access == .readWrite { try Schema.raise(in: environment, tables) }
        } catch {
            throw IndexError(error)
        }
    }

    /// A snapshot of now, for one thread.
    public func snapshot() throws(IndexError) -> IndexSnapshot {
        let transaction = try read()
        let cache = try cache(for: transaction)
        return IndexSnapshot(of: self, transaction, cache)
    }

    /// What the index takes up.
    public func statistics() throws(IndexError) -> IndexStatistics { try IndexStatistics(of: self) }

    func read() throws(IndexError) -> ReadTransaction {
        do throws(LMDBError) { return try ReadTransaction(environment) } catch { throw .store(error) }
    }

    func generation(in transaction: borrowing ReadTransaction) throws(IndexError) -> UInt64 {
        guard let value = try transaction.meta(MetaTable.generation, in: tables), value.byteCount == 8 else {
            throw .damagedMeta
        }
        return value.bigEndianUInt64(at: 0)
    }

    /// The cache of the transaction's generation: the one that another snapshot built, or a new one.
    func cache(for transaction: borrowing ReadTransaction) throws(IndexError) -> SnapshotCache {
        let generation = try generation(in: transaction)
        if let newest = newestCache.withLock({ $0 }), newest.generation == generation { return newest }
        let cache = try SnapshotCache(generation: generation, transaction, tables)
        newestCache.withLock { $0 = cache }
        return cache
    }

    /// Whether the file system has less free than 5 % or 2 GiB, whichever is less: writes are refused then, before
    /// they fail.
    public func isShortOfRoom() throws(IndexError) -> Bool {
        do throws(LMDBError) {
            let (free, total) = try environment.fileSystemByteCounts()
            return free < min(total / 20, 2 << 30)
        } catch {
            throw .store(error)
        }
    }

    /// Whether the file is on a file system of this machine alone; on others (NFS, SMB, FUSE) locks do not hold.
    public func isOnLocalFileSystem() throws(IndexError) -> Bool {
        do throws(LMDBError) { return try environment.isOnLocalFileSystem() } catch { throw .store(error) }
    }

    /// Frees the slots that killed readers left; for once a minute.
    public func clearDeadReaders() throws(IndexError) {
        do { try environment.clearDeadReaders() } catch { throw IndexError(error) }
    }
}

/// What the journal's entries are chained with.
public enum ChainAlgorithm: UInt8, Sendable, CaseIterable {
    case sha256 = 0
    /// GB/T 32905.
    case sm3 = 1

    var digest: Digest.Algorithm {
        switch self {
        case .sha256: .sha256
        case .sm3: .sm3
        }
    }
}

/// The five tables.
struct Tables: Sendable {
    static let names = ["handles", "prefixes", "journal", "meta", "checkpoints"]

    let handles: Database
    let prefixes: Database
    let journal: Database
    let meta: Database
    let checkpoints: Database

    init(in environment: Environment) throws(LMDBError) {
        self.init(try environment.databases(Self.names))
    }

    /// In the order of `names`.
    init(_ all: [Database]) {
        (handles, prefixes, journal, meta, checkpoints) = (all[0], all[1], all[2], all[3], all[4])
    }
}
