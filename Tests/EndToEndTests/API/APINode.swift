import BanyanTestSupport

/// A node with the Banyan API over HTTP in clear where credentials count, as behind a proxy that ends TLS; with tokens
/// of an operator, an enterprise of 88.118.8, and an auditor.
struct APINode {
    let made: MadeNode
    let node: TestNode
    let `operator`: String
    let enterprise: String
    let auditor: String

    init(_ arguments: String...) throws {
        made = try MadeNode()
        let directory = made.directory
        `operator` = try Self.token("--role", "operator", "--data", directory)
        enterprise = try Self.token("--role", "enterprise", "--prefix", "88.118.8", "--data", directory)
        auditor = try Self.token("--role", "auditor", "--data", directory)
        node = try TestNode(
            directory: made.directory, in: made.folder,
            ["--http", "127.0.0.1:0", "--set", "http.clear-credentials=true"] + arguments)
    }

    private static func token(_ arguments: String...) throws -> String {
        let result = try TestProgram.run(["token", "create"] + arguments)
        guard result.status == 0 else { throw TestFailure("token create: \(result.error)") }
        return String(result.output.prefix { $0 != "\n" })
    }

    /// A call on a connection of its own.
    /// - Parameters:
    ///   - token: nil: nobody.
    ///   - match: `If-Match`; `*` with a minus sign in front: `If-None-Match: *`.
    func call(
        _ method: String, _ path: String, _ body: String? = nil, as token: String?, match: String? = nil,
        type: String = "application/json", _ fields: [(String, String)] = []
    ) throws -> TestHTTP.Response {
        var fields = fields
        if let token { fields.append(("Authorization", "Bearer \(token)")) }
        if let match { fields.append(match == "-*" ? ("If-None-Match", "*") : ("If-Match", match)) }
        if body != nil { fields.append(("Content-Type", type)) }
        return try node.http().send(method, "/v1" + path, fields, body: body.map { Array($0.utf8) })
    }

    /// Creates a handle with one URL; its ETag.
    @discardableResult
    func create(_ handle: String, url: String = "https://example.cn/1") throws -> String {
        let answer = try call(
            "PUT", "/handles/" + handle.replacing("/", with: "%2F"), Self.record(url: url), as: enterprise, match: "-*")
        guard answer.status == 201, let tag = answer["etag"] else { throw TestFailure("not created: \(answer.text)") }
        return tag
    }

    static func record(url: String) -> String {
        #"{"values":[{"index":1,"type":"URL","data":{"format":"string","value":"\#(url)"}}]}"#
    }
}
