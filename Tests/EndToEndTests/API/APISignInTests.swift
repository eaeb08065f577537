import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Signing in at /v1")
struct APISignInTests {
    private static let password = "Copper-kettle-9"

    private func node() throws -> APINode {
        let api = try APINode()
        let added = try TestProgram.run(
            ["user", "add", "chen", "--role", "operator", "--data", api.made.directory],
            input: Array(Self.password.utf8))
        guard added.status == 0 else { throw TestFailure(added.error) }
        return api
    }

    @Test("a session's token counts until its user signs out")
    func session() throws {
        let api = try node()
        let body = #"{"name":"chen","password":"\#(Self.password)"}"#
        let session = try api.call("POST", "/sessions", body, as: nil)
        #expect(session.status == 201)
        let token = try #require(session.json["token"].string)
        #expect(session.json["user"]["role"].string == "operator")
        #expect(try api.call("GET", "/me", as: token).json["name"].string == "chen")
        #expect(try api.call("DELETE", "/sessions", as: token).status == 204)
        #expect(try api.call("GET", "/me", as: token).status == 401)
    }

    @Test("name and password count as they are, and too many failures lock")
    func basic() throws {
        let api = try node()
        func me(_ password: String) throws -> TestHTTP.Response {
            let pair = "Basic " + String(decoding: Base64.encode(Array("chen:\(password)".utf8)), as: UTF8.self)
            return try api.call("GET", "/me", as: nil, [("Authorization", pair)])
        }
        #expect(try me(Self.password).json["name"].string == "chen")
        for _ in 1...5 { #expect(try me("wrong").json["code"].string == "wrong-credentials") }
        let locked = try me(Self.password)
        #expect(locked.status == 429)
        #expect(locked.json["code"].string == "locked-out")
        #expect(locked["retry-after"].flatMap { Int($0) } ?? 0 > 0)
    }

    @Test("credentials do not count over a connection in clear")
    func clear() throws {
        let api = try APINode("--set", "http.clear-credentials=false")
        let answer = try api.call("GET", "/me", as: api.operator)
        #expect(answer.status == 401)
        #expect(answer.json["detail"].string?.contains("HTTPS") == true)
        let body = #"{"name":"chen","password":"\#(Self.password)"}"#
        #expect(try api.call("POST", "/sessions", body, as: nil).status == 403)
    }
}
