import HandleProtocol
import LMDB

/// The node's own entries: name → CRC-32C over the name and what follows (u32), sequence of the last change (u64, 0
/// where changes are not journaled), value. Checkpoints have the same form: their value is position and time, both u64.
///
/// | name | value |
/// |---|---|
/// | `schema` | version of the formats, u32 |
/// | `chain` | the journal's algorithm, u8 |
/// | `generation` | u64, raised with every change of a prefix's state or of the site: what caches compare |
/// | `journal` | where the journal begins: sequence u64 of the last entry removed, its time u64, its chain value (32) |
/// | `site` | position of this server u32, site record |
/// | `mirror` | u8 1: the index is a mirror's; not there: a primary's |
/// | `seed` | of a mirror that is being filled: sequence u64, time u64 and chain (32) of where the primary's journal |
/// | | stood when that began, and the last key that is there |
/// | `set.…` | a setting of the node |
/// | `doc.…` | a document: see `Document` |
enum MetaTable {
    static let schema = Array("schema".utf8)
    static let chain = Array("chain".utf8)
    static let generation = Array("generation".utf8)
    static let journal = Array("journal".utf8)
    static let site = Array("site".utf8)
    static let mirror = Array("mirror".utf8)
    static let seed = Array("seed".utf8)
    static let settingPrefix = "set."

    /// The name of the document of that key.
    static func documentName(_ key: RawSpan) -> [UInt8] { Array("doc.".utf8) + key.array }

    static let headByteCount = 12

    /// The value behind the head, or nil when the checksum is wrong.
    @_lifetime(copy bytes)
    static func value(key: RawSpan, bytes: RawSpan) -> RawSpan? {
        guard bytes.byteCount >= headByteCount else { return nil }
        let checksum = bytes.extracting(4..<bytes.byteCount).crc32c(continuing: key.crc32c())
        guard checksum == bytes.bigEndianUInt32(at: 0) else { return nil }
        return bytes.extracting(headByteCount..<bytes.byteCount)
    }

    /// Of an entry whose checksum was right.
    static func sequence(of bytes: RawSpan) -> UInt64 { bytes.bigEndianUInt64(at: 4) }

    static func write(
        _ value: borrowing ScratchBytes, name: [UInt8], sequence: UInt64, into scratch: inout ScratchBytes
    ) {
        scratch.removeAll()
        scratch.write(0 as UInt32)
        scratch.write(sequence)
        scratch.write(raw: value.bytes)
        let checksum = scratch.bytes.extracting(4..<scratch.byteCount).crc32c(continuing: name.rawSpan.crc32c())
        scratch.overwrite(checksum, at: 0)
    }
}

extension ReadTransaction {
    /// The meta entry of that name, checked.
    @_lifetime(borrow self)
    func meta(_ name: [UInt8], in tables: Tables) throws(IndexError) -> RawSpan? {
        do {
            guard let bytes = try value(for: name.rawSpan, in: tables.meta) else { return nil }
            guard let value = MetaTable.value(key: name.rawSpan, bytes: bytes) else { throw IndexError.damagedMeta }
            return value
        } catch {
            throw IndexError(error)
        }
    }
}
