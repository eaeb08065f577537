/// A prefix with its sites and administrators: the object of draft-chen-epp-identifier-mapping, which is what the
/// top-level node needs to lead clients to whoever answers for the prefix.
public struct EPPIdentifier: Equatable, Codable, Sendable {
    public struct Administrator: Hashable, Codable, Sendable {
        public var index: UInt32
        /// dsa_pub_key, rsa_pub_key or secret_key.
        public var keyType: String
        /// In base64.
        public var key: String
        /// Names of the rights that HS_ADMIN has bits for, such as add_handle.
        public var permissions: [String]

        public init(index: UInt32, keyType: String, key: String, permissions: [String]) {
            self.index = index
            self.keyType = keyType
            self.key = key
            self.permissions = permissions
        }
    }

    public struct Interface: Hashable, Codable, Sendable {
        /// query or admin.
        public var service: String
        /// tcp, udp or http.
        public var transport: String
        public var port: UInt32

        public init(service: String, transport: String, port: UInt32) {
            self.service = service
            self.transport = transport
            self.port = port
        }
    }

    public struct Server: Hashable, Codable, Sendable {
        public var id: UInt32
        /// Texts, with whether each is of IP version 6.
        public var addresses: [String]
        /// In base64.
        public var key: String
        public var interfaces: [Interface]

        public init(id: UInt32, addresses: [String], key: String, interfaces: [Interface]) {
            self.id = id
            self.addresses = addresses
            self.key = key
            self.interfaces = interfaces
        }
    }

    public struct Site: Hashable, Codable, Sendable {
        public var index: UInt32
        public var protocolVersion: String
        public var servers: [Server]

        public init(index: UInt32, protocolVersion: String, servers: [Server]) {
            self.index = index
            self.protocolVersion = protocolVersion
            self.servers = servers
        }
    }

    public var name: String
    /// handle, oid, ecode, epc or other.
    public var type = "handle"
    public var administrators: [Administrator] = []
    public var sites: [Site] = []
    /// Of RFC 5730 §2.3's words, such as ok and clientHold; what a server answers, never what a client sends.
    public var statuses: [String] = []

    public init(name: String) { self.name = name }

    /// Longest name, in bytes.
    public static let nameByteCountMax = 255

    // MARK: Parse and write

    init(parsing tree: XMLTree) throws(EPPError) {
        name = try tree.needed("name")
        guard name.utf8.count <= Self.nameByteCountMax else { throw .invalid("name") }
        type = tree.text("type") ?? "handle"
        statuses = tree.all("status").compactMap { $0.attributes["s"] }
        (administrators, sites) = try Self.lists(in: tree)
    }

    var trees: [XMLTree] {
        [.init("name", in: Self.namespace, text: name), .init("type", in: Self.namespace, text: type)]
            + Self.trees(administrators, sites)
    }

    /// As a server describes it.
    var description: [XMLTree] {
        trees + statuses.map { XMLTree("status", in: Self.namespace, ["s": $0]) }
    }

    fileprivate static let namespace = EPPNamespace.identifier

    static func lists(in tree: XMLTree) throws(EPPError) -> ([Administrator], [Site]) {
        var administrators: [Administrator] = []
        for element in tree["administratorList"]?.all("administrator") ?? [] {
            administrators.append(try Administrator(parsing: element))
        }
        var sites: [Site] = []
        for element in tree["siteList"]?.all("siteInfo") ?? [] { sites.append(try Site(parsing: element)) }
        return (administrators, sites)
    }

    static func trees(_ administrators: [Administrator], _ sites: [Site]) -> [XMLTree] {
        var trees: [XMLTree] = []
        if !administrators.isEmpty {
            trees.append(XMLTree("administratorList", in: namespace, administrators.map(\.tree)))
        }
        if !sites.isEmpty { trees.append(XMLTree("siteList", in: namespace, sites.map(\.tree))) }
        return trees
    }
}

extension EPPIdentifier.Administrator {
    fileprivate init(parsing tree: XMLTree) throws(EPPError) {
        index = try tree.number("adminIndex")
        keyType = tree["pubkey"]?.attributes["type"] ?? ""
        key = tree.text("pubkey") ?? ""
        permissions = tree["permissionList"]?.all("permission").map(\.text) ?? []
    }

    fileprivate var tree: XMLTree {
        let namespace = EPPNamespace.identifier
        return XMLTree(
            "administrator", in: namespace,
            [
                XMLTree("adminIndex", in: namespace, text: String(index)),
                XMLTree("pubkey", in: namespace, ["type": keyType], text: key),
                XMLTree(
                    "permissionList", in: namespace,
                    permissions.map { XMLTree("permission", in: namespace, text: $0) }),
            ])
    }
}

extension EPPIdentifier.Site {
    fileprivate init(parsing tree: XMLTree) throws(EPPError) {
        index = try tree.number("siteIndex")
        protocolVersion = tree.text("protocolVersion") ?? ""
        var servers: [EPPIdentifier.Server] = []
        for element in tree.all("serviceInfo") { servers.append(try EPPIdentifier.Server(parsing: element)) }
        self.servers = servers
    }

    fileprivate var tree: XMLTree {
        let namespace = EPPNamespace.identifier
        return XMLTree(
            "siteInfo", in: namespace,
            [
                XMLTree("siteIndex", in: namespace, text: String(index)),
                XMLTree("protocolVersion", in: namespace, text: protocolVersion),
            ] + servers.map(\.tree))
    }
}

extension EPPIdentifier.Server {
    fileprivate init(parsing tree: XMLTree) throws(EPPError) {
        id = try tree.number("serverID")
        addresses = tree.all("addr").map(\.text)
        key = tree.text("pubkey") ?? ""
        // One element with three members, or one a set of them: the draft's sample shows a single one.
        var interfaces: [EPPIdentifier.Interface] = []
        for element in tree.all("serviceInterfaces") {
            interfaces.append(
                EPPIdentifier.Interface(
                    service: try element.needed("serviceType"), transport: try element.needed("protocol"),
                    port: try element.number("port")))
        }
        self.interfaces = interfaces
    }

    fileprivate var tree: XMLTree {
        let namespace = EPPNamespace.identifier
        var trees = [XMLTree("serverID", in: namespace, text: String(id))]
        trees += addresses.map { XMLTree("addr", in: namespace, ["ip": $0.contains(":") ? "v6" : "v4"], text: $0) }
        if !key.isEmpty { trees.append(XMLTree("pubkey", in: namespace, text: key)) }
        trees += interfaces.map { interface in
            XMLTree(
                "serviceInterfaces", in: namespace,
                .texts(
                    in: namespace,
                    [
                        ("serviceType", interface.service), ("protocol", interface.transport),
                        ("port", String(interface.port)),
                    ]))
        }
        return XMLTree("serviceInfo", in: namespace, trees)
    }
}

extension XMLTree {
    fileprivate func number(_ name: String) throws(EPPError) -> UInt32 {
        guard let number = UInt32(try needed(name)) else { throw .invalid(name) }
        return number
    }
}

/// What `identifier:update` adds and removes.
public struct EPPIdentifierChange: Equatable, Sendable {
    public struct Part: Equatable, Sendable {
        public var administrators: [EPPIdentifier.Administrator] = []
        public var sites: [EPPIdentifier.Site] = []
        public var statuses: [String] = []

        public init() {}

        public var isEmpty: Bool { administrators.isEmpty && sites.isEmpty && statuses.isEmpty }
    }

    public var name: String
    public var added = Part()
    public var removed = Part()

    public init(name: String) { self.name = name }

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    init(parsing tree: XMLTree) throws(EPPError) {
        name = try tree.needed("name")
        added = try Part(parsing: tree["add"])
        removed = try Part(parsing: tree["rem"])
    }

    var trees: [XMLTree] {
        var trees = [XMLTree("name", in: EPPNamespace.identifier, text: name)]
        if !added.isEmpty { trees.append(XMLTree("add", in: EPPNamespace.identifier, added.trees)) }
        if !removed.isEmpty { trees.append(XMLTree("rem", in: EPPNamespace.identifier, removed.trees)) }
        return trees
    }
}

extension EPPIdentifierChange.Part {
    fileprivate init(parsing tree: XMLTree?) throws(EPPError) {
        guard let tree else { return }
        (administrators, sites) = try EPPIdentifier.lists(in: tree)
        statuses = tree.all("status").compactMap { $0.attributes["s"] }
    }

    fileprivate var trees: [XMLTree] {
        EPPIdentifier.trees(administrators, sites)
            + statuses.map { XMLTree("status", in: EPPNamespace.identifier, ["s": $0]) }
    }
}
