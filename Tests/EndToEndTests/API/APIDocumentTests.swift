import BanyanTestSupport
import Foundation
import Testing

@Suite("The OpenAPI document of /v1 (OpenAPI 3.1)")
struct APIDocumentTests {
    private static let methods: Set<String> = ["get", "put", "post", "patch", "delete"]

    @Test("what is served stands in the repository")
    func kept() throws {
        let served = try APINode().call("GET", "/openapi.json", as: nil)
        #expect(served.status == 200)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let kept = try Data(contentsOf: root.appending(path: "deploy/openapi.json"))
        #expect(served.body == Array(kept), "what is served is to be put there")
    }

    @Test("what stands in it is there, and nothing else is: other methods are refused by naming these")
    func routes() throws {
        let api = try APINode()
        let document = try api.call("GET", "/openapi.json", as: nil).json
        let paths = try #require(document["paths"].object)
        #expect(paths.count > 7)
        for (path, item) in paths {
            let concrete = path.replacing(/\{[a-z]+\}/, with: "88.118.8").dropFirst("/v1".count)
            let known = Set((item.object ?? [:]).keys).intersection(Self.methods)
            #expect(!known.isEmpty)
            for method in Self.methods {
                let answer = try api.call(method.uppercased(), String(concrete), as: nil)
                if known.contains(method) {
                    #expect(answer.status != 405, "\(method) \(path)")
                    #expect(answer.json["code"].string != "no-such-path", "\(method) \(path)")
                } else {
                    #expect(answer.status == 405, "\(method) \(path)")
                    let allowed = Set((answer["allow"] ?? "").split(separator: ", ").map { $0.lowercased() })
                    #expect(allowed == known, "\(path)")
                }
            }
        }
        #expect(try api.call("GET", "/nothing", as: nil).json["code"].string == "no-such-path")
        #expect(try api.call("GET", "/handles/88.118.8/X", as: nil).json["detail"].string?.contains("%2F") == true)
    }

    @Test("without credentials only what says so is answered")
    func credentials() throws {
        let api = try APINode()
        let document = try api.call("GET", "/openapi.json", as: nil).json
        var openCount = 0
        for (path, item) in try #require(document["paths"].object) {
            for (method, operation) in item.object ?? [:] {
                let isOpen = operation["security"].array != nil
                let concrete = path.replacing(/\{[a-z]+\}/, with: "88.118.8").dropFirst("/v1".count)
                let answer = try api.call(method.uppercased(), String(concrete), as: nil)
                #expect((answer.status == 401) != isOpen, "\(method) \(path): \(answer.status)")
                if isOpen { openCount += 1 }
            }
        }
        #expect(openCount > 2)
    }
}
