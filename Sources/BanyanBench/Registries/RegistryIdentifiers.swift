public import HandleProtocol

/// Product registries as the identifiers of a secondary node: every maker is an enterprise with a prefix of its own
/// under the industry's, every product, board and address block an identifier under its maker's prefix.
public struct RegistryIdentifiers: Sendable {
    /// Handles of the enterprises' prefixes, "0.NA/88.118.1001", which the node has to home.
    public let prefixes: [String]
    /// The prefixes' own records: name, where the service is, who administers.
    public let enterprises: [HandleRecord]
    /// The products, in the order of their keys.
    public let products: [HandleRecord]

    /// A local name that a registry lists twice keeps its first line.
    public init(_ listed: [RegistryProduct], industryPrefix: String) {
        let industry = Array("0.NA/\(industryPrefix)".utf8)
        var directory = EnterpriseDirectory(industryPrefix: industryPrefix)
        var seen: Set<String> = []
        var products: [HandleRecord] = []
        for product in listed where seen.insert(product.localName).inserted {
            let prefix = directory.prefix(of: product.maker, address: product.makerAddress)
            let component = product.component.map { "\(directory.prefix(of: $0.maker))/\($0.localName)" }
            products.append(Self.record(of: product, prefix: prefix, component: component))
        }
        // All prefixes begin alike and all names are ASCII in capitals, so this is the order of the index's keys.
        self.products = products.sorted { $0.handle.lexicographicallyPrecedes($1.handle) }
        let enterprises = directory.enterprises.sorted { $0.prefix.utf8.lexicographicallyPrecedes($1.prefix.utf8) }
        prefixes = enterprises.map { "0.NA/\($0.prefix)" }
        self.enterprises = enterprises.map { Self.record(of: $0, industryPrefix: industry) }
    }

    private static func record(of product: RegistryProduct, prefix: String, component: String?) -> HandleRecord {
        var values: [HandleValue] = []
        if let url = product.url { values.append(text(1, "URL", url)) }
        values.append(text(2, "NAME", product.name))
        values.append(text(3, "DESC", product.description))
        if let component { values.append(text(4, "COMPONENT", component)) }
        values.append(administrator(Array("0.NA/\(prefix)".utf8), index: 200, permissions: .all))
        return HandleRecord(handle: Array("\(prefix)/\(product.localName)".utf8), values: values)
    }

    /// An enterprise is served by the industry's node (HS_SERV) and administered by a group (HS_VLIST), in which the
    /// industry's administrator is the first member.
    private static func record(
        of enterprise: EnterpriseDirectory.Enterprise, industryPrefix: [UInt8]
    ) -> HandleRecord {
        var values = [text(1, "NAME", enterprise.name)]
        if let address = enterprise.address, !address.isEmpty { values.append(text(2, "ADDRESS", address)) }
        values.append(HandleValue(index: 3, type: ValueType.service, data: industryPrefix))
        values.append(administrator(industryPrefix, index: 300, permissions: .all))
        var group = ByteWriter()
        ValueList(references: [ValueReference(handle: industryPrefix, index: 300)]).write(to: &group)
        values.append(HandleValue(index: 200, type: ValueType.valueList, data: group.bytes))
        return HandleRecord(handle: Array("0.NA/\(enterprise.prefix)".utf8), values: values)
    }

    private static func text(_ index: UInt32, _ type: String, _ data: String) -> HandleValue {
        HandleValue(index: index, type: Array(type.utf8), data: Array(data.utf8))
    }

    private static func administrator(
        _ handle: [UInt8], index: UInt32, permissions: AdminPermissions
    ) -> HandleValue {
        var writer = ByteWriter()
        AdminRecord(permissions: permissions, administrator: ValueReference(handle: handle, index: index))
            .write(to: &writer)
        return HandleValue(index: 100, type: ValueType.administrator, data: writer.bytes)
    }
}
