import BanyanTestSupport
import Testing

@Suite("What a secondary node refuses, and what it is told as (SNMS)")
struct SNMSRefusalTests {
    @Test("login: the same answer for every wrong name and password, a lock after five, nothing in clear without leave")
    func login() throws {
        let client = try SNMSClient()
        for name in ["rongcheng", "nobody"] {
            let body = #"{"username":"\#(name)","password":"wrong"}"#
            for _ in 0..<5 { #expect(try client.told("POST", "/identity/token", body) == "-2 用户名/密码错误！") }
            let locked = try client.call("POST", "/identity/token", body)
            #expect(locked.status == 429)
            #expect(locked["retry-after"].flatMap { Int($0) }.map { (1...901).contains($0) } == true)
            #expect(locked.json["status"].integer == -2)
        }
        #expect(try client.told("POST", "/identity/token", "{}") == "-2 缺少必要的请求参数: username")
        #expect(
            try client.told("POST", "/identity/token", #"{"username":"a"}"#) == "-2 缺少必要的请求参数: password")
        #expect(try client.told("POST", "/identity/token", "[") == "-2 请求参数格式错误")
        #expect(try client.told("POST", "/identity/token/v1", #"{"username":"a","password":"b"}"#).hasPrefix("-2 "))
        let long = String(repeating: "a", count: 20_000)
        #expect(try client.call("POST", "/identity/token", #"{"username":"\#(long)"}"#).status == 413)
        #expect(try client.call("GET", "/identity/token").status == 405)

        let strict = try SNMSClient(settings: ["http.clear-credentials=false"])
        let body = #"{"username":"rongcheng","password":"\#(SNMSClient.enterprisePassword)"}"#
        #expect(try strict.told("POST", "/identity/token", body) == "-2 用户名、密码和令牌只能通过 HTTPS 传输")
    }

    @Test("without a token, with one that is none, and with one that allows something else")
    func authorization() throws {
        var client = try SNMSClient(settings: ["snms.open-query=false"])
        let signInAgain = "-1 未登录或登录已失效，请重新登录"
        for token in [nil, "none", "bny_0123456789ab_none"] {
            client.token = token
            #expect(try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.8/1")) == signInAgain)
            #expect(try client.told("GET", "/identityv2/data/detail?handle=88.118.8/1") == signInAgain)
        }
        try client.logIn("rongcheng", SNMSClient.enterprisePassword)
        for (method, path, body) in [
            ("POST", "/identity/registry", "{}"), ("POST", "/snms/api/v3/template", Self.foreignTemplate),
            ("POST", "/identityv2/data", SNMSClient.record("88.1/1")),
            ("DELETE", "/identityv2/data", #"{"handle":"88.1/1"}"#),
        ] {
            #expect(try client.told(method, path, body) == "-3 没有操作权限", "\(path)")
        }
        let made = try TestProgram.run([
            "token", "create", "--role", "enterprise", "--prefix", "88.118.8", "--allow", "create", "--data",
            client.made.directory,
        ])
        client.token = String(made.output.dropLast())
        #expect(try client.told("DELETE", "/identityv2/data", #"{"handle":"88.118.8/1"}"#) == "-3 没有操作权限")
        #expect(try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.8/1")) == "-2 模板不存在")
    }

    private static let foreignTemplate =
        #"{"prefix":"88.1","version":"a","industryCategory":"C","industrySpecific":"34","industryTrade":"344","#
        + #""industrySubclass":"3441","type":2,"items":[]}"#

    @Test("templates: what is missing or wrong is named; version 5 changes and adds items, and removes none")
    func templates() throws {
        var client = try SNMSClient()
        try client.logIn("rongcheng", SNMSClient.enterprisePassword)
        let path = "/snms/api/v5/template"
        #expect(try client.told("GET", path) == "-2 缺少必要的请求参数: prefix")
        #expect(try client.told("GET", path + "?prefix=88.118.8&version=none") == "-2 模板不存在")
        #expect(try client.told("POST", path, #"{"prefix":"88.118.8"}"#) == "-2 缺少必要的请求参数: version")
        func template(_ changes: [(String, String)]) -> String {
            changes.reduce(SNMSClient.template) { text, change in
                text.split(separator: change.0, omittingEmptySubsequences: false).joined(separator: change.1)
            }
        }
        for (change, message) in [
            (("\"C\"", "\"cc\""), "-2 参数industryCategory长度不能超过1"),
            (("\"344\"", "\"3x4\""), "-2 参数industryTrade不正确"), (("\"type\":2", "\"type\":3"), "-2 参数type不正确"),
            (("\"string\"", "\"String\""), "-2 参数metadata.type不正确"), (("颜色", "型号"), "-2 属性名称型号重复"),
            (("\"2000\"", "\"1001\""), "-2 非法操作，索引1001在模板中不存在"),
            (("\"maxLength\":8", "\"maxLength\":0"), "-2 参数maxLength不正确"),
        ] {
            #expect(try client.told("POST", path, template([change])) == message)
        }
        #expect(try client.told("POST", path, SNMSClient.template) == "1 success")
        #expect(try client.told("POST", path, SNMSClient.template) == "-2 模板已存在")
        let added = """
            {"prefix":"88.118.8","version":"pump-v2","items":[{"name":"颜色","idType":"colour","idIndex":2001,"state":0,
             "metadata":{"type":"string","minLength":0,"maxLength":8}},
             {"name":"产地","idType":"origin","state":1,"metadata":{"type":"string","minLength":0,"maxLength":8}}]}
            """
        #expect(try client.told("PUT", path, added) == "1 success")
        let items = try client.call("GET", path + "?prefix=88.118.8&version=pump-v2").json["data"]["items"]
        #expect(items.array?.map { $0["idIndex"].integer } == [2_000, 2_001, 2_002])
        #expect(items.array?.map { $0["state"].integer } == [1, 0, 1])
        let disabled = SNMSClient.record("88.118.8/1").split(separator: "]").joined(
            separator: #",{"index":2001,"type":"colour","data":{"format":"string","value":"r"}}]"#)
        #expect(try client.told("POST", "/identityv2/data", disabled) == "-2 模板属性颜色已停用")
    }

    @Test("identifiers: each way in which one does not fit its template, alone and in a batch")
    func identifiers() throws {
        var client = try SNMSClient()
        try client.logIn("rongcheng", SNMSClient.enterprisePassword)
        _ = try client.told("POST", "/snms/api/v3/template", SNMSClient.template)
        let right = SNMSClient.record("88.118.8/1")
        func changed(_ text: String, _ other: String) -> String {
            right.split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
        }
        let cases = [
            (changed("\"handle\"", "\"name\""), "缺少必要的请求参数: handle"),
            (changed("pump-v2", "pump-v3"), "模板不存在"), (changed("2000", "1000"), "非法操作，索引1000在模板中不存在"),
            (changed("2000", "1001"), "非法操作，索引1001在模板中不存在"),
            (changed("\"model\"", "\"colour\""), "非法操作，索引2000的类型与模板不一致"),
            (changed("P-7", ""), "属性型号长度不能小于1"), (changed("P-7", "P-7-P-7-P-7"), "属性型号长度不能大于8"),
            (changed("\"string\"", "\"hex\""), "参数data.format不正确"),
            (changed("2000", "2001").split(separator: "model").joined(separator: "colour"), "缺少模板必填属性: 型号"),
        ]
        for (body, message) in cases {
            #expect(try client.told("POST", "/identityv2/data", body) == "-2 \(message)")
        }
        let path = "/identityv2/data/batchCreate"
        let batch = try client.call("POST", path, "[" + (cases.map(\.0) + [right, right]).joined(separator: ",") + "]")
        #expect(batch.json["status"].integer == 1)
        let told = batch.json["data"].array?.map { $0["msg"].string ?? "" }
        #expect(told == cases.map(\.1) + ["success", "标识已存在"])
        #expect(try client.told("POST", path, "[]") == "-2 批量数据不能为空")
        #expect(try client.told("POST", path, "{}") == "-2 请求参数格式错误")
        let many = "[" + [String](repeating: right, count: 2_001).joined(separator: ",") + "]"
        #expect(try client.told("POST", path, many) == "-2 批量操作一次不能超过2000条")
        #expect(try client.told("PUT", "/identityv2/data", SNMSClient.record("88.118.8/2")) == "-2 标识不存在")
        #expect(try client.told("DELETE", "/identityv2/data", "{}") == "-2 缺少必要的请求参数: handle")
        #expect(try client.told("GET", "/identityv2/data/detail") == "-2 缺少必要的请求参数: handle")
        #expect(try client.told("GET", "/identityv2/data/detail?handle=%zz") == "-4 请求参数格式错误")
        // The same again, as after an answer that was lost.
        #expect(try client.told("POST", "/identityv2/data", right) == "-2 标识已存在")
        let deep = String(repeating: "[", count: 100)
        #expect(try client.told("POST", path, deep) == "-2 请求参数格式错误")
    }
}
