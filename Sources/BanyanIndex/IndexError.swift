public import LMDB

/// Why the index cannot do what it was asked. No name and no value is ever in it.
public enum IndexError: Error, Equatable, Sendable {
    case store(LMDBError)
    /// There is an index already.
    case exists
    /// Made by a later version of this program, with this schema.
    case newerSchema(UInt32)
    /// A record whose checksum or structure is wrong: it is never answered from.
    case damagedRecord
    case damagedPrefix
    /// The journal's entry of this sequence.
    case damagedJournal(UInt64)
    case damagedMeta
    /// The journal begins after the time asked for: at this one, in milliseconds since 1970.
    case historyUnavailable(since: UInt64)

    init(_ error: any Error) {
        self =
            switch error {
            case let error as IndexError: error
            case let error as LMDBError: .store(error)
            default: .damagedMeta
            }
    }

    /// Whether the disk or the map has no room: the write is gone, and the next one may succeed by itself.
    public var isOutOfRoom: Bool {
        if case .store(let error) = self { error.isOutOfRoom } else { false }
    }

    /// Whether the disk has failed: what it holds is not known any more, so nothing may be written from now on.
    public var endsWriting: Bool {
        guard case .store(let error) = self else { return false }
        switch error.reason {
        case .panic, .damaged, .mapResized: return true
        case .system: return !error.isOutOfRoom
        default: return false
        }
    }
}

extension IndexError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .store(let error): error.description
        case .exists: "there is an index already"
        case .newerSchema(let version):
            "the index has format \(version), this program reads up to \(Schema.version): start the newer version that "
                + "wrote it, or restore a backup made by this one"
        case .damagedRecord: "a record is damaged: run a full check"
        case .damagedPrefix: "a prefix's entry is damaged: run a full check"
        case .damagedJournal(let sequence): "entry \(sequence) of the journal is damaged: run a full check"
        case .damagedMeta: "the index's own figures are damaged: restore a backup"
        case .historyUnavailable: "the journal does not reach back to that time"
        }
    }
}
