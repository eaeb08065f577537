import BanyanTestSupport
import HandleProtocol
import OpenSSL

/// A program of an enterprise, as it calls a secondary node: a base, paths behind it, a token kept between calls.
struct SNMSClient {
    static let enterprisePassword = "Blue-lantern-7"
    static let operatorPassword = "Copper-kettle-9"

    let made: MadeNode
    private(set) var node: TestNode
    private let arguments: [String]
    var base = ""
    var token: String?

    /// A node that takes credentials in clear, as behind a proxy that ends TLS, with an enterprise and an operator.
    /// - Parameter prepare: what is to be done before the node serves.
    init(
        base: String = "", settings: [String] = [], prepare: (MadeNode) throws -> Void = { _ in }
    ) throws {
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
        arguments = ["--http", "127.0.0.1:0"] + all.flatMap { ["--set", $0] }
        try prepare(made)
        node = try TestNode(directory: made.directory, in: made.folder, arguments)
    }

    /// Serves again, after the node has ended.
    mutating func serveAgain() throws {
        node = try TestNode(directory: made.directory, in: made.folder, arguments)
        token = nil
    }

    /// Uploads a small image; its number.
    func upload() throws -> Int64 {
        var body = Array("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n".utf8)
        body += [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 0x2D, count: 100) + Array("\r\n--xyz--\r\n".utf8)
        let answer = try node.http().send(
            "POST", base + "/snms/api/file/upload",
            [("Authorization", "Bearer \(token ?? "")"), ("Content-Type", "multipart/form-data; boundary=xyz")],
            body: body)
        guard let number = answer.json["data"]["id"].integer else { throw TestFailure("no file: \(answer.text)") }
        return number
    }

    /// An application for a prefix, by an enterprise that signs in from now on.
    static func application(for prefix: String, user: String, code: String, file: Int64) -> String {
        let systems = (1...4).map { #"{"sysType":\#($0),"deployMode":2,"name":"云"}"# }.joined(separator: ",")
        return """
            {"sysUser":{"userName":"\(user)","password":"\(digest("Gamma-gamma-1"))","email":"\(user)@example.cn",
              "mobile":"139\(code)"},
             "entBasicInfo":{"orgName":"荣成 <\(user)>","orgNature":"2","orgAddr":"某路1号","orgAddrProvince":"370000",
              "orgAddrCity":"371000","orgCrtType":1,"orgCrtCode":"\(code)","orgCrtImgRid":\(file),
              "industryCategory":"C","industrySpecific":"34","contactName":"丙","contactCrtType":1,"contactCrtNo":"2",
              "contactEmail":"z@z.cn","contactPhone":"3","legalName":"丁","legalCrtType":1,"legalCrtNo":"4",
              "legalCrtBackImgRid":\(file),"legalCrtFrontImgRid":\(file),"entPrefix":"\(prefix)"},
             "entRegisterManageInfo":{"entInfoSyses":[\(systems)],"servSysBuildType":1,"servSysOperType":1}}
            """
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
