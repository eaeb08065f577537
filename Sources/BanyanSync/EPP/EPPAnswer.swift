/// A server's answer to a command (RFC 5730 §2.6).
public struct EPPResponse: Equatable, Sendable {
    /// RFC 5730 §3, those that are looked at or given here.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let done = Code(rawValue: 1_000)
        public static let pending = Code(rawValue: 1_001)
        public static let noMessages = Code(rawValue: 1_300)
        public static let message = Code(rawValue: 1_301)
        public static let ending = Code(rawValue: 1_500)
        public static let unknownCommand = Code(rawValue: 2_000)
        public static let syntax = Code(rawValue: 2_001)
        public static let use = Code(rawValue: 2_002)
        public static let missing = Code(rawValue: 2_003)
        public static let range = Code(rawValue: 2_004)
        public static let notAuthenticated = Code(rawValue: 2_200)
        public static let notAuthorized = Code(rawValue: 2_201)
        public static let exists = Code(rawValue: 2_302)
        public static let doesNotExist = Code(rawValue: 2_303)
        public static let status = Code(rawValue: 2_304)
        public static let policy = Code(rawValue: 2_308)
        public static let failed = Code(rawValue: 2_400)
        public static let failedEnding = Code(rawValue: 2_500)
        public static let authenticationEnding = Code(rawValue: 2_501)
        public static let sessionLimit = Code(rawValue: 2_502)

        public var isSuccess: Bool { (1_000..<2_000).contains(rawValue) }
        /// Whether the same command may succeed later: the server failed, or is busy.
        public var isPassing: Bool { rawValue == 2_400 || rawValue == 2_500 || rawValue == 2_502 }
        /// Whether the server closes the connection behind it.
        public var isLast: Bool { rawValue == 1_500 || (2_500...2_502).contains(rawValue) }
    }

    public var code: Code
    /// What the server says for people.
    public var message: String
    /// Of the queue: how many there are, and which comes next.
    public var queue: (count: Int, id: String)? = nil
    public var data: EPPData? = nil
    public var clientTransaction: String
    public var serverTransaction: String

    public init(_ code: Code, _ message: String, clientTransaction: String, serverTransaction: String) {
        self.code = code
        self.message = message
        self.clientTransaction = clientTransaction
        self.serverTransaction = serverTransaction
    }

    public static func == (one: EPPResponse, other: EPPResponse) -> Bool {
        one.code == other.code && one.message == other.message && one.queue?.count == other.queue?.count
            && one.queue?.id == other.queue?.id && one.data == other.data
            && one.clientTransaction == other.clientTransaction && one.serverTransaction == other.serverTransaction
    }
}

/// What an answer holds besides its code.
public enum EPPData: Equatable, Sendable {
    /// The number that the top-level node has given an enterprise; of a check (`chkData`) or of a creation (`creData`).
    case enterprise(number: String, isCheck: Bool)
    /// A message of the queue, about a prefix.
    case prefix(EPPPrefixNotice)
    case identifierChecks([(name: String, isFree: Bool)])
    case identifier(EPPIdentifier)
    /// Something else; kept as text, at most 1,024 characters.
    case unknown(String)

    public static func == (one: EPPData, other: EPPData) -> Bool {
        switch (one, other) {
        case (.enterprise(let a, let b), .enterprise(let c, let d)): a == c && b == d
        case (.prefix(let a), .prefix(let b)): a == b
        case (.identifierChecks(let a), .identifierChecks(let b)):
            a.map(\.name) == b.map(\.name) && a.map(\.isFree) == b.map(\.isFree)
        case (.identifier(let a), .identifier(let b)): a == b
        case (.unknown(let a), .unknown(let b)): a == b
        default: false
        }
    }
}

/// What the top-level node tells of a prefix: `prefix:resData` of the first draft.
public struct EPPPrefixNotice: Equatable, Sendable {
    /// The transaction of the command that it answers.
    public var clientTransaction = ""
    public var serverTransaction = ""
    public var enterprise = ""
    public var prefix: String
    /// 1: normal. The draft names no other; those of the SNMS interface are taken besides: 0 disabled, 2 to be deleted.
    public var state = 1
    /// 1: passed; nil: not the result of a review.
    public var auditResult: Int?
    public var message = ""

    public init(prefix: String) { self.prefix = prefix }

    init(parsing tree: XMLTree) throws(EPPError) {
        prefix = try tree.needed("prefix")
        clientTransaction = tree.text("clTRID") ?? ""
        serverTransaction = tree.text("svTRID") ?? ""
        enterprise = tree.text("entId") ?? ""
        guard let state = Int(tree.text("state") ?? "1") else { throw .invalid("state") }
        self.state = state
        auditResult = tree.text("auditResult").flatMap { Int($0) }
        message = tree.text("auditResultMsg") ?? ""
    }

    var tree: XMLTree {
        XMLTree(
            "resData", in: EPPNamespace.prefix,
            .texts(
                in: EPPNamespace.prefix,
                [
                    ("clTRID", clientTransaction), ("svTRID", serverTransaction), ("entId", enterprise),
                    ("prefix", prefix), ("state", String(state)),
                    ("auditResult", auditResult.map { String($0) } ?? ""), ("auditResultMsg", message),
                ]))
    }
}

/// A server's message (RFC 5730 §2.4, §2.6).
public enum EPPAnswer: Equatable, Sendable {
    /// With the server's name, and the namespaces of the objects that it takes.
    case greeting(server: String, objects: [String])
    case response(EPPResponse)

    public init(parsing document: [UInt8]) throws(EPPError) {
        let root: XMLTree
        do throws(XMLError) { root = try XMLTree(parsing: document) } catch { throw .xml(error) }
        guard root.name == "epp" else { throw .notEPP }
        if let greeting = root["greeting"] {
            self = .greeting(
                server: greeting.text("svID") ?? "", objects: greeting["svcMenu"]?.all("objURI").map(\.text) ?? [])
            return
        }
        guard let response = root["response"] else { throw .notEPP }
        self = .response(try EPPResponse(parsing: response))
    }

    public var document: [UInt8] {
        let content: XMLTree
        switch self {
        case .greeting(let server, let objects): content = Self.greeting(server, objects)
        case .response(let response): content = response.tree
        }
        return XMLTree("epp", in: EPPNamespace.epp, [content]).document
    }

    /// The data that is collected, by whom and for how long (RFC 5730 §2.4): for provisioning, by us, as stated.
    private static func greeting(_ server: String, _ objects: [String]) -> XMLTree {
        let epp = EPPNamespace.epp
        func empty(_ name: String, _ children: String...) -> XMLTree {
            XMLTree(name, in: epp, children.map { XMLTree($0, in: epp) })
        }
        let menu = [XMLTree].texts(in: epp, [("version", "1.0"), ("lang", "en")])
        let statement = XMLTree(
            "statement", in: epp,
            [empty("purpose", "admin", "prov"), empty("recipient", "ours"), empty("retention", "stated")])
        return XMLTree(
            "greeting", in: epp,
            [
                XMLTree("svID", in: epp, text: server),
                XMLTree("svDate", in: epp, text: Clock.dateAndTime),
                XMLTree("svcMenu", in: epp, menu + objects.map { XMLTree("objURI", in: epp, text: $0) }),
                XMLTree("dcp", in: epp, [empty("access", "all"), statement]),
            ])
    }
}

// MARK: Parse and write

extension EPPResponse {
    init(parsing tree: XMLTree) throws(EPPError) {
        guard let result = tree["result"] else { throw .missing("result") }
        guard let number = result.attributes["code"].flatMap({ Int($0) }), (1_000..<3_000).contains(number) else {
            throw .invalid("code")
        }
        guard let transactions = tree["trID"] else { throw .missing("trID") }
        self.init(
            Code(rawValue: number), result.text("msg") ?? "", clientTransaction: transactions.text("clTRID") ?? "",
            serverTransaction: transactions.text("svTRID") ?? "")
        if let queue = tree["msgQ"] {
            guard let count = queue.attributes["count"].flatMap({ Int($0) }), let id = queue.attributes["id"] else {
                throw .invalid("msgQ")
            }
            self.queue = (count, id)
        }
        if let data = tree["resData"]?.children.first { self.data = try EPPData(parsing: data) }
    }

    fileprivate var tree: XMLTree {
        let epp = EPPNamespace.epp
        var trees = [
            XMLTree(
                "result", in: epp, ["code": String(code.rawValue)], [XMLTree("msg", in: epp, text: message)])
        ]
        if let queue {
            trees.append(XMLTree("msgQ", in: epp, ["count": String(queue.count), "id": queue.id]))
        }
        if let data { trees.append(XMLTree("resData", in: epp, [data.tree])) }
        trees.append(
            XMLTree(
                "trID", in: epp, .texts(in: epp, [("clTRID", clientTransaction), ("svTRID", serverTransaction)])))
        return XMLTree("response", in: epp, trees)
    }
}

extension EPPData {
    fileprivate init(parsing tree: XMLTree) throws(EPPError) {
        switch (tree.namespace.split(separator: ":").last, tree.name) {
        case ("idis-ent-1.0", "chkData"): self = .enterprise(number: try tree.needed("entId"), isCheck: true)
        case ("idis-ent-1.0", "creData"): self = .enterprise(number: try tree.needed("entId"), isCheck: false)
        case ("idis-entprefix-1.0", "resData"), ("prefix-1.0", "resData"):
            self = .prefix(try EPPPrefixNotice(parsing: tree))
        case ("identifier-1.0", "chkData"):
            self = .identifierChecks(
                tree.all("cd").compactMap { row in
                    guard let name = row["name"], let isFree = name.attributes["avail"] else { return nil }
                    return (name.text, isFree == "1" || isFree == "true")
                })
        case ("identifier-1.0", "infData"): self = .identifier(try EPPIdentifier(parsing: tree))
        default: self = .unknown(String((tree.name + " " + tree.text).prefix(1_024)))
        }
    }

    fileprivate var tree: XMLTree {
        let identifier = EPPNamespace.identifier
        switch self {
        case .enterprise(let number, let isCheck):
            return XMLTree(
                isCheck ? "chkData" : "creData", in: EPPNamespace.enterprise,
                [XMLTree("entId", in: EPPNamespace.enterprise, text: number)])
        case .prefix(let notice): return notice.tree
        case .identifierChecks(let rows):
            return XMLTree(
                "chkData", in: identifier,
                rows.map { row in
                    let name = XMLTree("name", in: identifier, ["avail": row.isFree ? "1" : "0"], text: row.name)
                    return XMLTree("cd", in: identifier, [name])
                })
        case .identifier(let object): return XMLTree("infData", in: identifier, object.description)
        case .unknown(let text): return XMLTree("unknown", in: EPPNamespace.epp, text: text)
        }
    }
}
