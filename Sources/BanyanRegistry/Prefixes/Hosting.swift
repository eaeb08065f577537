public import BanyanIndex
public import HandleProtocol

/// The changes that make this node answer for a prefix, or point at the enterprise's own node.
public enum Hosting {
    /// The setting that holds the server's administrators, as an HS_VLIST.
    public static let administratorsSetting = "administrators"

    /// The setting that holds those who may replicate and nothing else, as an HS_VLIST.
    public static let replicationSetting = "replication"

    /// Homes the prefix and makes its record, unless it has one.
    public static func host(
        _ prefix: Prefix, caseRule: CaseRule = .insensitive, _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> [Change] {
        let home = Change.home(prefix: prefix.bytes, caseRule: caseRule)
        guard try snapshot.answeredValues(of: prefix.handle.bytes).isEmpty else { return [home] }
        let record = try record(of: prefix, snapshot)
        return [home, .put(handle: record.handle, values: record.values.wireBytes)]
    }

    /// Puts the site records in the place of the HS_SITE values of the prefix's record here, which is made where there
    /// is none. Others than HS_SITE stay.
    public static func delegate(
        _ prefix: Prefix, to sites: [Site], _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> [Change] {
        var values = try snapshot.answeredValues(of: prefix.handle.bytes)
        if values.isEmpty { values = try record(of: prefix, snapshot).values }
        values.removeAll { $0.type == siteType }
        var index: UInt32 = 0
        for site in sites {
            repeat { index += 1 } while values.contains { $0.index == index }
            values.append(HandleValue(index: index, type: siteType, data: site.bytes))
        }
        values.sort { $0.index < $1.index }
        return [.put(handle: prefix.handle.bytes, values: values.wireBytes)]
    }

    private static let siteType = Array("HS_SITE".utf8)

    private static func record(
        of prefix: Prefix, _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> PrefixRecord {
        let list = try snapshot.setting(administratorsSetting) ?? []
        do throws(WireError) {
            let site = try Site(parsing: snapshot.siteRecord)
            let administrators = list.isEmpty ? [] : try ValueList(parsing: list.rawSpan).references
            return PrefixRecord(prefix: prefix, site: site, administrators: administrators)
        } catch {
            throw .damagedMeta
        }
    }
}

extension IndexSnapshot {
    /// The values that a handle is answered with, copied; none where there is no record.
    public func answeredValues(of handle: [UInt8]) throws(IndexError) -> [HandleValue] {
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive) else { return [] }
        if let rule = prefix(key.prefix)?.caseRule, rule != .insensitive {
            guard key.set(handle.rawSpan, caseRule: rule) else { return [] }
        }
        guard let record = try record(for: key) else { return [] }
        var reader = ByteReader(record.values)
        var values: [HandleValue] = []
        for _ in 0..<record.valueCount {
            guard let value = try? HandleValue(parsing: &reader) else { throw .damagedRecord }
            values.append(value)
        }
        return values
    }
}
