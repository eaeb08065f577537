/// What a client may ask (RFC 5730 §2.9, and the two drafts of `EPPNamespace`).
public enum EPPCommand: Equatable, Sendable {
    case login(client: String, password: String)
    case logout
    /// The oldest message of the client's queue.
    case requestMessage
    /// Takes a message off the queue.
    case acknowledgeMessage(id: String)

    case checkEnterprise(user: String, certificateType: Int, certificateCode: String)
    case createEnterprise(nodePrefix: String, EPPEnterprise)
    /// All members, for legal identity data.
    case replaceEnterprise(nodePrefix: String, number: String, EPPEnterprise)
    case changeEnterprise(user: String, number: String, EPPEnterpriseChange)

    case checkPrefix(nodePrefix: String, prefix: String)
    case createPrefix(nodePrefix: String, enterprise: String, prefix: String)

    case checkIdentifiers([String])
    case identifierInfo(String)
    case createIdentifier(EPPIdentifier)
    case changeIdentifier(EPPIdentifierChange)
    case deleteIdentifier(String)

    /// For logs and receipts.
    public var name: String {
        switch self {
        case .login: "login"
        case .logout: "logout"
        case .requestMessage: "poll-req"
        case .acknowledgeMessage: "poll-ack"
        case .checkEnterprise: "check-enterprise"
        case .createEnterprise: "create-enterprise"
        case .replaceEnterprise: "replace-enterprise"
        case .changeEnterprise: "change-enterprise"
        case .checkPrefix: "check-prefix"
        case .createPrefix: "create-prefix"
        case .checkIdentifiers: "check-identifier"
        case .identifierInfo: "info-identifier"
        case .createIdentifier: "create-identifier"
        case .changeIdentifier: "change-identifier"
        case .deleteIdentifier: "delete-identifier"
        }
    }
}

/// A client's message (RFC 5730 §2.3, §2.5).
public enum EPPRequest: Equatable, Sendable {
    case hello
    /// With the client's transaction id, 3 to 64 characters.
    case command(EPPCommand, transaction: String)

    public init(parsing document: [UInt8]) throws(EPPError) {
        let root: XMLTree
        do throws(XMLError) { root = try XMLTree(parsing: document) } catch { throw .xml(error) }
        guard root.name == "epp" else { throw .notEPP }
        if root["hello"] != nil {
            self = .hello
            return
        }
        guard let command = root["command"] else { throw .notEPP }
        let transaction = command.text("clTRID") ?? ""
        guard transaction.isEmpty || (3...64).contains(transaction.count) else { throw .invalid("clTRID") }
        self = .command(try EPPCommand(parsing: command), transaction: transaction)
    }

    public var document: [UInt8] {
        let content: XMLTree
        switch self {
        case .hello: content = XMLTree("hello", in: EPPNamespace.epp)
        case .command(let command, let transaction):
            content = XMLTree(
                "command", in: EPPNamespace.epp,
                [command.tree, XMLTree("clTRID", in: EPPNamespace.epp, text: transaction)])
        }
        return XMLTree("epp", in: EPPNamespace.epp, [content]).document
    }
}

// MARK: Parse

extension EPPCommand {
    init(parsing command: XMLTree) throws(EPPError) {
        guard let verb = command.children.first(where: { $0.name != "extension" && $0.name != "clTRID" }) else {
            throw .unknownCommand
        }
        switch verb.name {
        case "login":
            self = .login(client: try verb.needed("clID"), password: try verb.needed("pw"))
        case "logout": self = .logout
        case "poll":
            switch verb.attributes["op"] {
            case "req": self = .requestMessage
            case "ack":
                guard let id = verb.attributes["msgID"] else { throw .missing("msgID") }
                self = .acknowledgeMessage(id: id)
            default: throw .invalid("op")
            }
        default:
            guard let object = verb.children.first else { throw .unknownCommand }
            self = try Self.parse(verb.name, object)
        }
    }

    private static func parse(_ verb: String, _ object: XMLTree) throws(EPPError) -> EPPCommand {
        switch (verb, object.kind) {
        case ("check", .enterprise):
            guard let type = Int(try object.needed("entCrtType")) else { throw .invalid("entCrtType") }
            return .checkEnterprise(
                user: try object.needed("shrUserId"), certificateType: type,
                certificateCode: try object.needed("entCrtCode"))
        case ("create", .enterprise):
            return .createEnterprise(
                nodePrefix: try object.needed("shrPrefix"), try EPPEnterprise(parsing: object))
        case ("update", .enterprise):
            let number = try object.needed("entId")
            if let all = object["chgAll"] {
                return .replaceEnterprise(
                    nodePrefix: try object.needed("shrPrefix"), number: number, try EPPEnterprise(parsing: all))
            }
            guard let part = object["chg"] else { throw .missing("chg") }
            return .changeEnterprise(
                user: try object.needed("shrUserId"), number: number, EPPEnterpriseChange(parsing: part))
        case ("check", .prefix):
            return .checkPrefix(nodePrefix: try object.needed("shrPrefix"), prefix: try object.needed("prefix"))
        case ("create", .prefix):
            return .createPrefix(
                nodePrefix: try object.needed("shrPrefix"), enterprise: try object.needed("entId"),
                prefix: try object.needed("prefix"))
        case ("check", .identifier): return .checkIdentifiers(object.all("name").map(\.text))
        case ("info", .identifier): return .identifierInfo(try object.needed("name"))
        case ("create", .identifier): return .createIdentifier(try EPPIdentifier(parsing: object))
        case ("update", .identifier): return .changeIdentifier(try EPPIdentifierChange(parsing: object))
        case ("delete", .identifier): return .deleteIdentifier(try object.needed("name"))
        default: throw .unknownCommand
        }
    }
}

extension XMLTree {
    fileprivate enum ObjectKind { case enterprise, prefix, identifier, unknown }

    /// By the namespace's last part, so that the draft's two spellings of the prefix's are one.
    fileprivate var kind: ObjectKind {
        switch namespace.split(separator: ":").last {
        case "idis-ent-1.0": .enterprise
        case "idis-entprefix-1.0", "prefix-1.0": .prefix
        case "identifier-1.0": .identifier
        default: .unknown
        }
    }
}

// MARK: Write

extension EPPCommand {
    fileprivate var tree: XMLTree {
        let (enterprise, prefix, identifier) = (
            EPPNamespace.enterprise, EPPNamespace.prefix, EPPNamespace.identifier
        )
        switch self {
        case .login(let client, let password): return Self.login(client, password)
        case .logout: return XMLTree("logout", in: EPPNamespace.epp)
        case .requestMessage: return XMLTree("poll", in: EPPNamespace.epp, ["op": "req"])
        case .acknowledgeMessage(let id): return XMLTree("poll", in: EPPNamespace.epp, ["op": "ack", "msgID": id])
        case .checkEnterprise(let user, let type, let code):
            return Self.object(
                "check", enterprise, [("shrUserId", user), ("entCrtType", String(type)), ("entCrtCode", code)])
        case .createEnterprise(let node, let form):
            return Self.object("create", enterprise, [("shrPrefix", node)], form.trees)
        case .replaceEnterprise(let node, let number, let form):
            return Self.object(
                "update", enterprise, [("shrPrefix", node), ("entId", number)],
                [XMLTree("chgAll", in: enterprise, form.trees)])
        case .changeEnterprise(let user, let number, let change):
            return Self.object(
                "update", enterprise, [("shrUserId", user), ("entId", number)],
                [XMLTree("chg", in: enterprise, change.trees)])
        case .checkPrefix(let node, let name):
            return Self.object("check", prefix, [("shrPrefix", node), ("prefix", name)])
        case .createPrefix(let node, let number, let name):
            return Self.object("create", prefix, [("shrPrefix", node), ("entId", number), ("prefix", name)])
        case .checkIdentifiers(let names): return Self.object("check", identifier, names.map { ("name", $0) })
        case .identifierInfo(let name): return Self.object("info", identifier, [("name", name)])
        case .createIdentifier(let object): return Self.object("create", identifier, [], object.trees)
        case .changeIdentifier(let change): return Self.object("update", identifier, [], change.trees)
        case .deleteIdentifier(let name): return Self.object("delete", identifier, [("name", name)])
        }
    }

    private static func object(
        _ verb: String, _ namespace: String, _ texts: [(String, String)], _ trees: [XMLTree] = []
    ) -> XMLTree {
        XMLTree(
            verb, in: EPPNamespace.epp,
            [XMLTree(verb, in: namespace, [XMLTree].texts(in: namespace, texts) + trees)])
    }

    /// RFC 5730 §2.9.1.1.
    private static func login(_ client: String, _ password: String) -> XMLTree {
        let epp = EPPNamespace.epp
        return XMLTree(
            "login", in: epp,
            [XMLTree].texts(in: epp, [("clID", client), ("pw", password)]) + [
                XMLTree("options", in: epp, .texts(in: epp, [("version", "1.0"), ("lang", "en")])),
                XMLTree("svcs", in: epp, EPPNamespace.objects.map { XMLTree("objURI", in: epp, text: $0) }),
            ])
    }
}
