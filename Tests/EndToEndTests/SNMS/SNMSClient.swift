import BanyanTestSupport
import HandleProtocol
import OpenSSL

/// A program of an enterprise, as it calls a secondary node: a base, paths behind it, a token kept between calls.
struct SNMSClient {
    static let enterprisePassword = "Blue-lantern-7"
    static let operatorPassword = "Copper-kettle-9"

    let made: MadeNode
    let node: TestNode
    var base = ""
    var token: String?

    /// A node that takes credentials in clear, as behind a proxy that ends TLS, with an enterprise and an operator.
    init(base: String = "", settings: [String] = []) throws {
        made = try MadeNode()
        let users = [
            ("rongcheng", "enterprise", Self.enterprisePassword), ("admin", "operator", Self.operatorPassword),
        ]
        for (name, role, password) in users {
            let prefix = role == "enterprise" ? ["--prefix", "88.118.8"] : []
            let result = try TestProgram.run(
                ["user", "add", name, "--role", role, "--data", made.directory] + prefix, input: Array(password.utf8))
            guard result.status == 0 else { throw TestFailure("user add: \(result.error)") }
        }
        self.base = base
        let all = ["http.clear-credentials=true", "snms.base=\(base)"] + settings
        node = try TestNode(
            directory: made.directory, in: made.folder,
            ["--http", "127.0.0.1:0"] + all.flatMap { ["--set", $0] })
    }

    func call(
        _ method: String, _ path: String, _ body: String? = nil, fields: [(String, String)] = []
    ) throws -> TestHTTP.Response {
        var fields = fields
        if let token { fields.append(("Authorization", "Bearer \(token)")) }
        // A connection a call: most clients do so.
        let client = try node.http()
        return try client.send(method, base + path, fields, body: body.map { Array($0.utf8) })
    }

    /// Status and message of the answer.
    func told(_ method: String, _ path: String, _ body: String? = nil) throws -> String {
        let answer = try call(method, path, body).json
        return "\(answer["status"].integer ?? 0) \(answer["message"].string ?? "")"
    }

    mutating func logIn(_ name: String, _ password: String) throws {
        let answer = try call("POST", "/identity/token", #"{"username":"\#(name)","password":"\#(password)"}"#)
        token = answer.json["data"]["token"].string
        guard token != nil else { throw TestFailure("no token: \(answer.text)") }
    }

    static func digest(_ text: String) -> String {
        String(decoding: Hex.encode(Digest.hash(Array(text.utf8), .sha256)), as: UTF8.self)
    }

    static let template = """
        {"prefix":"88.118.8","version":"pump-v2","industryCategory":"C","industrySpecific":"34","industryTrade":"344",
         "industrySubclass":"3441","type":2,"items":[
          {"name":"型号","idType":"model","idIndex":"2000","required":true,
           "metadata":{"type":"string","minLength":1,"maxLength":8}},
          {"name":"颜色","idType":"colour","metadata":{"type":"string","minLength":0,"maxLength":8}}]}
        """

    static func record(_ handle: String, model: String = "P-7", version: String = "pump-v2") -> String {
        """
        {"handle":"\(handle)","templateVersion":"\(version)","value":[{"index":2000,"type":"model","auth":"",
         "data":{"format":"string","value":"\(model)"}}]}
        """
    }
}
