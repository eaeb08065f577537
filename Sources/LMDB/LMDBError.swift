import CLMDB
import Glibc

/// Why LMDB refused: the reason, and what was being done. No value is ever in it.
public struct LMDBError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The map is full (`MDB_MAP_FULL`): abort, answer with an error, go on when there is room.
        case mapFull
        /// No slot is left for another reader (`MDB_READERS_FULL`).
        case readersFull
        /// The transaction holds too many dirty pages (`MDB_TXN_FULL`).
        case transactionFull
        /// No database slot is left (`MDB_DBS_FULL`).
        case databasesFull
        /// The reader's slot was used by another thread or transaction (`MDB_BAD_RSLOT`).
        case badReaderSlot
        /// The transaction has ended, failed before, or was reset (`MDB_BAD_TXN`).
        case badTransaction
        /// The database does not exist, or the key does not where one was asked for (`MDB_NOTFOUND`).
        case notFound
        /// Appended out of order, or the key is there (`MDB_KEYEXIST`).
        case keyExists
        /// An empty key, or one beyond 511 bytes (`MDB_BAD_VALSIZE`).
        case badKeySize
        /// Another process enlarged the map (`MDB_MAP_RESIZED`): close and open again.
        case mapResized
        /// Not an LMDB file, or of another version (`MDB_INVALID`, `MDB_VERSION_MISMATCH`).
        case notLMDB
        /// Pages contradict each other (`MDB_CORRUPTED`, `MDB_PAGE_NOTFOUND`).
        case damaged
        /// The file is shorter than the pages that it says it has: reading on would end the process.
        case truncated
        /// A meta page could not be written (`MDB_PANIC`): close and open again.
        case panic
        /// This process has the path open already: a second environment would drop the first one's locks.
        case alreadyOpen
        /// What the system said (errno).
        case system(Int32)
        /// Any other code of LMDB.
        case other(Int32)
    }

    public var reason: Reason
    /// What was being done: "open the environment", "commit".
    public var operation: String { operationName.description }
    private let operationName: StaticString

    init(_ reason: Reason, _ operation: StaticString) {
        self.reason = reason
        operationName = operation
    }

    init(code: Int32, _ operation: StaticString) {
        self.init(Reason(code: code), operation)
    }

    public static func == (one: LMDBError, other: LMDBError) -> Bool {
        one.reason == other.reason && one.operation == other.operation
    }

    /// Whether the disk or the map has no room: the transaction is gone, and the next one may succeed by itself.
    public var isOutOfRoom: Bool {
        switch reason {
        case .mapFull, .transactionFull: true
        case .system(let code): code == ENOSPC || code == EDQUOT || code == EFBIG
        default: false
        }
    }
}

extension LMDBError.Reason {
    init(code: Int32) {
        self =
            switch code {
            case MDB_MAP_FULL: .mapFull
            case MDB_READERS_FULL: .readersFull
            case MDB_TXN_FULL: .transactionFull
            case MDB_DBS_FULL: .databasesFull
            case MDB_BAD_RSLOT: .badReaderSlot
            case MDB_BAD_TXN: .badTransaction
            case MDB_NOTFOUND: .notFound
            case MDB_KEYEXIST: .keyExists
            case MDB_BAD_VALSIZE: .badKeySize
            case MDB_MAP_RESIZED: .mapResized
            case MDB_INVALID, MDB_VERSION_MISMATCH: .notLMDB
            case MDB_CORRUPTED, MDB_PAGE_NOTFOUND: .damaged
            case MDB_PANIC: .panic
            case 1...: .system(code)
            default: .other(code)
            }
    }
}

extension LMDBError: CustomStringConvertible {
    public var description: String {
        let text =
            switch reason {
            case .mapFull: "the map is full"
            case .readersFull: "too many readers"
            case .transactionFull: "too much in one transaction"
            case .databasesFull: "too many tables"
            case .badReaderSlot: "the reader's slot is in use"
            case .badTransaction: "the transaction is over"
            case .notFound: "not there"
            case .keyExists: "already there, or out of order"
            case .badKeySize: "a key must have 1 to 511 bytes"
            case .mapResized: "another process enlarged the map; open it again"
            case .notLMDB: "not an LMDB file, or of another version"
            case .damaged: "the file is damaged"
            case .truncated: "the file is shorter than its contents"
            case .panic: "a page could not be written; open it again"
            case .alreadyOpen: "this process has it open already"
            case .system(let code), .other(let code): unsafe String(cString: mdb_strerror(code))
            }
        return "cannot \(operation): \(text)"
    }
}
