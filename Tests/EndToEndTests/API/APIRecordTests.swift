import BanyanTestSupport
import Testing

@Suite("Records over /v1: preconditions, values, life cycle, history")
struct APIRecordTests {
    private static let path = "/handles/88.118.8%2FSN-1"

    private func check(_ answer: TestHTTP.Response, _ status: Int, _ code: String, field: String? = nil) {
        #expect(answer.status == status, "\(answer.text)")
        #expect(answer["content-type"] == "application/problem+json")
        #expect(answer.json["code"].string == code, "\(answer.text)")
        #expect(answer.json["status"].integer == Int64(status))
        #expect(answer.json["type"].string == "urn:banyan:problem:" + code)
        #expect(answer.json["requestId"].string == answer["x-request-id"])
        if let field { #expect(answer.json["field"].string == field) }
    }

    @Test("a record is created, read, replaced and deleted, each only as the client knows it")
    func preconditions() throws {
        let api = try APINode()
        let one = APINode.record(url: "https://example.cn/1")
        check(try api.call("PUT", Self.path, one, as: api.enterprise), 428, "precondition-required")
        check(try api.call("PUT", Self.path, one, as: api.enterprise, match: "*"), 412, "precondition-failed")
        let created = try api.call("PUT", Self.path, one, as: api.enterprise, match: "-*")
        #expect(created.status == 201)
        let tag = try #require(created["etag"])
        #expect(try Question(handle: "88.118.8/SN-1").code(overTCP: api.node) == 1)
        check(try api.call("PUT", Self.path, one, as: api.enterprise, match: "-*"), 412, "precondition-failed")

        let read = try api.call("GET", Self.path, as: nil)
        #expect(read["etag"] == tag)
        #expect(read.json["values"][0]["data"]["value"].string == "https://example.cn/1")
        #expect(try api.call("GET", Self.path, as: nil, [("If-None-Match", tag)]).status == 304)
        let head = try api.node.http().send("HEAD", "/v1" + Self.path)
        #expect(head.status == 200)
        #expect(head["etag"] == tag)

        let two = APINode.record(url: "https://example.cn/2")
        let replaced = try api.call("PUT", Self.path, two, as: api.enterprise, match: tag)
        #expect(replaced.status == 200)
        let newTag = try #require(replaced["etag"])
        #expect(newTag != tag)
        check(try api.call("PUT", Self.path, two, as: api.enterprise, match: tag), 412, "precondition-failed")
        // The same again changes nothing, not even the state's name.
        #expect(try api.call("PUT", Self.path, two, as: api.enterprise, match: newTag)["etag"] == newTag)
        // What was read can be put back.
        let text = try api.call("GET", Self.path, as: api.enterprise).text
        #expect(try api.call("PUT", Self.path, text, as: api.enterprise, match: newTag).status == 200)

        check(try api.call("DELETE", Self.path, as: api.enterprise), 428, "precondition-required")
        check(try api.call("DELETE", Self.path, as: api.enterprise, match: tag), 412, "precondition-failed")
        #expect(try api.call("DELETE", Self.path, as: api.enterprise, match: "\"0\", " + newTag).status == 204)
        check(try api.call("GET", Self.path, as: nil), 404, "handle-not-found")
        check(try api.call("DELETE", Self.path, as: api.enterprise, match: "*"), 404, "handle-not-found")
        #expect(try api.call("PUT", Self.path, one, as: api.enterprise, match: "-*").status == 201)
    }

    @Test("what is wrong is told by its place")
    func refusals() throws {
        let api = try APINode()
        func put(_ body: String) throws -> TestHTTP.Response {
            try api.call("PUT", Self.path, body, as: api.enterprise, match: "-*")
        }
        check(try put("{"), 400, "invalid-record")
        check(
            try put(#"{"values":[{"index":1,"type":"URL","data":"x","permissions":"11"}]}"#), 400, "invalid-record",
            field: "values[1].permissions")
        check(try put(#"{"handle":"88.118.8/B","values":[]}"#), 400, "invalid-body", field: "handle")
        check(
            try put(#"[{"index":1,"type":"A","data":"x"},{"index":1,"type":"B","data":"y"}]"#), 400, "duplicate-index")
        check(try put(#"{"state":"suspended","answered":[],"values":[]}"#), 400, "invalid-body", field: "state")
        check(
            try api.call("PUT", Self.path, "{}", as: api.enterprise, match: "-*", type: "text/plain"), 415,
            "unsupported-media-type")
        check(try api.call("GET", "/handles?prefix=88.118.8&size=1", as: api.operator), 400, "unknown-parameter")
        check(
            try api.call("GET", "/handles?prefix=88.118.8&limit=0", as: api.operator), 400, "invalid-parameter",
            field: "limit")
        check(try api.call("GET", "/handles", as: api.operator), 400, "invalid-parameter", field: "prefix")
        check(
            try api.call("PUT", "/handles/99.9%2FX", APINode.record(url: "u"), as: api.operator, match: "-*"), 400,
            "prefix-not-homed")
    }

    @Test("a token's prefixes, its operations and its role bound what it may do")
    func scopes() throws {
        let api = try APINode()
        let body = APINode.record(url: "https://example.cn/1")
        check(try api.call("PUT", Self.path, body, as: nil, match: "-*"), 401, "not-signed-in")
        check(try api.call("PUT", Self.path, body, as: "bny_000000000000_x", match: "-*"), 401, "wrong-credentials")
        check(try api.call("PUT", Self.path, body, as: api.auditor, match: "-*"), 403, "not-permitted")
        check(try api.call("PUT", "/handles/88.118%2FX", body, as: api.enterprise, match: "-*"), 403, "not-permitted")
        check(
            try api.call("PUT", "/handles/0.NA%2F88.118.8", body, as: api.enterprise, match: "*"), 403, "not-permitted")
        let tag = try api.create("88.118.8/SN-1")
        check(try api.call("DELETE", Self.path, as: api.auditor, match: tag), 403, "not-permitted")
        #expect(try api.call("GET", "/handles?prefix=88.118.8", as: api.auditor).status == 200)
        check(try api.call("GET", "/handles?prefix=88.118", as: api.enterprise), 403, "not-permitted")
        let me = try api.call("GET", "/me", as: api.auditor).json
        #expect(me["operations"].array?.map(\.string) == ["read", "list"])
    }

    @Test("secret keys never leave; what administrators read is shown to those who may")
    func secrets() throws {
        let api = try APINode()
        let body = """
            [{"index":1,"type":"URL","data":"https://example.cn/1"},
             {"index":2,"type":"NOTE","data":"inside","permissions":"1100"},
             {"index":300,"type":"HS_SECKEY","data":"geheim","permissions":"1100"}]
            """
        #expect(try api.call("PUT", Self.path, body, as: api.enterprise, match: "-*").status == 201)
        func indexes(as token: String?) throws -> [Int64?]? {
            try api.call("GET", Self.path, as: token).json["values"].array?.map { $0["index"].integer }
        }
        #expect(try indexes(as: nil) == [1])
        #expect(try indexes(as: api.auditor) == [1, 2])
        let one = try api.call("GET", Self.path + "?index=2&type=URL", as: api.enterprise).json["values"].array
        #expect(one?.count == 2)
        check(try api.call("GET", Self.path + "/values/300", as: api.operator), 404, "value-not-found")
        #expect(
            try api.call("GET", Self.path + "/history?values=true", as: api.operator).text.contains("geheim") == false)
    }

    @Test("values are set and removed together, or one by one")
    func values() throws {
        let api = try APINode()
        let tag = try api.create("88.118.8/SN-1")
        let patch = #"{"set":[{"index":2,"type":"EMAIL","data":"a@example.cn"}],"remove":[1]}"#
        check(try api.call("PATCH", Self.path, patch, as: api.enterprise), 428, "precondition-required")
        let patched = try api.call("PATCH", Self.path, patch, as: api.enterprise, match: tag)
        #expect(patched.json["values"].array?.map { $0["index"].integer } == [2])
        check(
            try api.call("PATCH", Self.path, #"{"remove":[9]}"#, as: api.enterprise, match: "*"), 404,
            "value-not-found")
        check(
            try api.call("PATCH", Self.path, #"{"sett":[]}"#, as: api.enterprise, match: "*"), 400, "invalid-body",
            field: "sett")
        let value = #"{"index":7,"type":"DESC","data":"福州榕树制造"}"#
        #expect(try api.call("PUT", Self.path + "/values/7", value, as: api.enterprise, match: "*").status == 200)
        check(
            try api.call("PUT", Self.path + "/values/8", value, as: api.enterprise, match: "*"), 400, "invalid-body",
            field: "index")
        #expect(try api.call("GET", Self.path + "/values/7", as: nil).json["data"]["value"].string == "福州榕树制造")
        #expect(try api.call("DELETE", Self.path + "/values/7", as: api.enterprise, match: "*").status == 200)
        check(try api.call("GET", Self.path + "/values/7", as: nil), 404, "value-not-found")
    }

    @Test("suspended, resumed, withdrawn: answered with what was given, and history tells why")
    func life() throws {
        let api = try APINode()
        try api.create("88.118.8/SN-1")
        func set(_ body: String) throws -> TestHTTP.Response {
            try api.call("PUT", Self.path + "/state", body, as: api.enterprise, match: "*")
        }
        let suspended = try set(#"{"state":"suspended","reason":"recall"}"#)
        #expect(suspended.json["state"].string == "suspended")
        #expect(suspended.json["answered"][0]["type"].string == "STATUS")
        #expect(try api.call("GET", Self.path, as: nil).json["values"][0]["type"].string == "STATUS")
        check(
            try api.call("PATCH", Self.path, #"{"remove":[1]}"#, as: api.enterprise, match: "*"), 403,
            "handle-suspended")
        #expect(try set(#"{"state":"active"}"#).json["state"] == .null)
        #expect(try set(#"{"state":"withdrawn","answered":[{"index":1,"type":"DESC","data":"gone"}]}"#).status == 200)
        check(try set(#"{"state":"suspended"}"#), 410, "handle-withdrawn")
        let history = try api.call("GET", Self.path + "/history?limit=2&values=true", as: api.auditor).json
        let changes = try #require(history["changes"].array)
        #expect(changes.map { $0["operation"].string } == ["withdraw", "resume"])
        #expect(changes[0]["before"][0]["type"].string == "URL")
        let next = try #require(history["next"].integer)
        let rest = try api.call("GET", Self.path + "/history?before=\(next)", as: api.auditor).json["changes"].array
        #expect(rest?.map { $0["operation"].string } == ["suspend", "create"])
        #expect(rest?[0]["reason"].string == "recall")
        check(try api.call("GET", Self.path + "/history", as: nil), 401, "not-signed-in")
    }

    @Test("a list goes on by its cursor, with records where they are wanted")
    func list() throws {
        let api = try APINode()
        for number in 1...5 { try api.create("88.118.8/L-\(number)") }
        var names: [String?] = []
        var path = "/handles?prefix=88.118.8&limit=2&values=true"
        while true {
            let page = try api.call("GET", path, as: api.auditor).json
            names += (page["handles"].array ?? []).map { $0["record"]["handle"].string }
            guard let next = page["next"].string else { break }
            path = "/handles?prefix=88.118.8&limit=2&values=true&cursor=" + next
        }
        #expect(names == (1...5).map { "88.118.8/L-\($0)" })
        check(try api.call("GET", "/handles?prefix=88.118.8&cursor=%21", as: api.auditor), 400, "invalid-parameter")
    }
}
