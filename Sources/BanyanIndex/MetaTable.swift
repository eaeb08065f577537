import HandleProtocol
import LMDB

/// The node's own entries: name → CRC-32C over name and value (4 bytes), value.
///
/// | name | value |
/// |---|---|
/// | `schema` | version of the formats, u32 |
/// | `chain` | the journal's algorithm, u8 |
/// | `generation` | u64, raised with every change of a prefix's state or of the site: what caches compare |
/// | `journal` | where the journal begins: sequence u64 of the last entry removed, its time u64, its chain value (32) |
/// | `site` | position of this server u32, site record |
/// | `set.…` | a setting of the node |
enum MetaTable {
    static let schema = Array("schema".utf8)
    static let chain = Array("chain".utf8)
    static let generation = Array("generation".utf8)
    static let journal = Array("journal".utf8)
    static let site = Array("site".utf8)
    static let settingPrefix = "set."

    /// The value behind the checksum, or nil when that is wrong.
    @_lifetime(copy bytes)
    static func value(key: RawSpan, bytes: RawSpan) -> RawSpan? {
        guard bytes.byteCount >= 4 else { return nil }
        let value = bytes.extracting(4..<bytes.byteCount)
        return value.crc32c(continuing: key.crc32c()) == bytes.bigEndianUInt32(at: 0) ? value : nil
    }

    static func write(_ value: RawSpan, key: RawSpan, into scratch: inout ScratchBytes) {
        scratch.removeAll()
        scratch.write(value.crc32c(continuing: key.crc32c()))
        scratch.write(raw: value)
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
