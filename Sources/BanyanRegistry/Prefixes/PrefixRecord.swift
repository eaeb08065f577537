public import HandleProtocol

/// The record of a prefix that this node homes, `0.NA/P`, as a sensible node has it: where its servers are, who
/// administers it, and with what key. Indexes are those that the Chinese clients expect.
public struct PrefixRecord: Sendable {
    public static let siteIndex: UInt32 = 1
    public static let administratorIndex: UInt32 = 100
    public static let listIndex: UInt32 = 200

    public var prefix: Prefix
    public var site: Site
    /// Members of the prefix's group of administrators.
    public var administrators: [ValueReference]
    /// Index and HS_PUBKEY data of the administrator whose key stands here.
    public var key: (index: UInt32, data: [UInt8])?

    public init(
        prefix: Prefix, site: Site, administrators: [ValueReference], key: (index: UInt32, data: [UInt8])? = nil
    ) {
        self.prefix = prefix
        self.site = site
        self.administrators = administrators
        self.key = key
    }

    public var handle: [UInt8] { prefix.handle.bytes }

    /// HS_SITE, HS_ADMIN for the group, the group itself, the key: in the order of their indexes.
    public var values: [HandleValue] {
        let group = ValueReference(handle: handle, index: Self.listIndex)
        var admin = ByteWriter()
        AdminRecord(permissions: .all, administrator: group).write(to: &admin)
        var list = ByteWriter()
        ValueList(references: administrators).write(to: &list)
        var values = [
            HandleValue(index: Self.siteIndex, type: Array("HS_SITE".utf8), data: site.bytes),
            HandleValue(index: Self.administratorIndex, type: Array("HS_ADMIN".utf8), data: admin.bytes),
            HandleValue(index: Self.listIndex, type: Array("HS_VLIST".utf8), data: list.bytes),
        ]
        if let key { values.append(HandleValue(index: key.index, type: Array("HS_PUBKEY".utf8), data: key.data)) }
        return values.sorted { $0.index < $1.index }
    }
}

extension [HandleValue] {
    /// All values in wire encoding, one behind the other.
    public var wireBytes: [UInt8] {
        var writer = ByteWriter()
        for value in self { value.write(to: &writer) }
        return writer.bytes
    }
}
