import HandleProtocol
import LMDB

/// What snapshots of one generation share: homed prefixes and the site. Immutable; built by the first snapshot that
/// meets a new generation.
struct SnapshotCache: Sendable {
    let generation: UInt64
    let prefixes: PrefixSet
    let siteRecord: [UInt8]
    let site: SiteSummary

    init(generation: UInt64, _ transaction: borrowing ReadTransaction, _ tables: Tables) throws(IndexError) {
        self.generation = generation
        prefixes = PrefixSet(try Self.homedPrefixes(transaction, tables))
        guard let site = try transaction.meta(MetaTable.site, in: tables), site.byteCount > 4 else {
            siteRecord = []
            self.site = .none
            return
        }
        let record = site.extracting(4..<site.byteCount)
        siteRecord = record.array
        do throws(WireError) {
            self.site = try SiteSummary(parsing: record, serverPosition: Int(site.bigEndianUInt32(at: 0)))
        } catch {
            throw .damagedMeta
        }
    }

    private static func homedPrefixes(
        _ transaction: borrowing ReadTransaction, _ tables: Tables
    ) throws(IndexError) -> [(name: [UInt8], entry: PrefixEntry)] {
        var homed: [(name: [UInt8], entry: PrefixEntry)] = []
        do {
            var cursor = try transaction.cursor(in: tables.prefixes)
            while let entry = try cursor.next() {
                guard let row = PrefixRow(key: entry.key, bytes: entry.value) else { throw IndexError.damagedPrefix }
                if row.entry.state != .unhomed { homed.append((entry.key.array, row.entry)) }
            }
        } catch {
            throw IndexError(error)
        }
        return homed
    }
}

/// The homed prefixes in an open-addressed hash: found without allocation.
struct PrefixSet: Sendable {
    private struct Slot {
        var hash: UInt64
        var start: UInt32
        /// 0: the slot is free.
        var byteCount: UInt16
        var entry: PrefixEntry
    }

    private var names: [UInt8] = []
    private var slots: [Slot]
    private let mask: Int

    init(_ prefixes: [(name: [UInt8], entry: PrefixEntry)]) {
        var capacity = 8
        while capacity < prefixes.count * 2 { capacity *= 2 }
        mask = capacity - 1
        let free = Slot(hash: 0, start: 0, byteCount: 0, entry: PrefixEntry(caseRule: .insensitive, state: .unhomed))
        slots = Array(repeating: free, count: capacity)
        for prefix in prefixes {
            let hash = Self.hash(prefix.name.rawSpan)
            var index = Int(truncatingIfNeeded: hash) & mask
            while slots[index].byteCount != 0 { index = (index &+ 1) & mask }
            slots[index] = Slot(
                hash: hash, start: UInt32(names.count), byteCount: UInt16(prefix.name.count), entry: prefix.entry)
            names += prefix.name
        }
    }

    func find(_ name: RawSpan) -> PrefixEntry? {
        let hash = Self.hash(name)
        var index = Int(truncatingIfNeeded: hash) & mask
        // At least half of the slots are free, so this ends.
        while slots[index].byteCount != 0 {
            let slot = slots[index]
            if slot.hash == hash, Int(slot.byteCount) == name.byteCount {
                let start = Int(slot.start)
                if names.rawSpan.extracting(start..<start &+ name.byteCount).hasSameBytes(as: name) {
                    return slot.entry
                }
            }
            index = (index &+ 1) & mask
        }
        return nil
    }

    private static func hash(_ name: RawSpan) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: name.byteCount) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset &+ 8 <= name.byteCount {
            hash = mix(hash ^ name.bigEndianUInt64(at: offset))
            offset &+= 8
        }
        while offset < name.byteCount {
            hash = mix(hash ^ UInt64(name.byte(at: offset)))
            offset &+= 1
        }
        return hash
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}
