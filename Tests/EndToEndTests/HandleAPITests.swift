import BanyanTestSupport
import HandleProtocol
import OpenSSL
import Testing

@Suite("The Handle REST API of handle.net 9")
struct HandleAPITests {
    private static let url = #"{"values":[{"index":1,"type":"URL","data":"https://example.cn/1"}]}"#

    private func check(_ response: TestHTTP.Response, _ status: Int, _ code: Int64, _ handle: String? = nil) {
        #expect(response.status == status)
        #expect(response.json["responseCode"].integer == code)
        if let handle { #expect(response.json["handle"].string == handle) }
    }

    @Test("a record is put, put again, read as it was spelled, and deleted")
    func record() throws {
        let api = try HandleAPINode()
        let path = "/api/handles/88.118.8/Sn-1"
        check(try api.send("PUT", path + "?overwrite=false", json: Self.url), 201, 1, "88.118.8/Sn-1")
        check(try api.send("PUT", path + "?overwrite=false", json: Self.url), 409, 101, "88.118.8/Sn-1")
        let other = Self.url.replacing("/1\"", with: "/2\"")
        check(try api.send("PUT", path, json: other), 200, 1, "88.118.8/Sn-1")
        let found = try api.send("GET", "/api/handles/88.118.8/SN-1", [])
        check(found, 200, 1, "88.118.8/SN-1")
        #expect(found.json["values"][0]["data"]["value"].string == "https://example.cn/2")
        #expect(try Question(handle: "88.118.8/sn-1").code(overTCP: api.node) == 1)
        check(try api.send("DELETE", path), 200, 1, "88.118.8/Sn-1")
        check(try api.send("DELETE", path), 404, 100, "88.118.8/Sn-1")
        check(try api.send("GET", path, []), 404, 100, "88.118.8/Sn-1")
    }

    @Test("values are added, replaced and removed by their indexes, which are those of the body")
    func values() throws {
        let api = try HandleAPINode()
        let path = "/api/handles/88.118.8/V"
        let two = #"[{"index":2,"type":"EMAIL","data":"a@example.cn"}]"#
        check(try api.send("PUT", path + "?index=2", json: two), 404, 100)
        check(try api.send("PUT", path, json: Self.url), 201, 1)
        check(try api.send("PUT", path + "?index=2&overwrite=false", json: two), 201, 1)
        let clash = try api.send("PUT", path + "?index=2&overwrite=false", json: two)
        check(clash, 409, 201)
        #expect(clash.json["message"].string?.contains("2") == true)
        check(try api.send("PUT", path + "?index=various", json: two), 200, 1)
        check(try api.send("PUT", path + "?index=3", json: two), 400, 4, "88.118.8/V")
        check(try api.send("DELETE", path + "?index=1&index=9"), 400, 200)
        check(try api.send("DELETE", path + "?index=1"), 200, 1)
        let left = try api.send("GET", path, [])
        #expect(left.json["values"].array?.map { $0["index"].integer } == [2])
    }

    @Test(
        "what is wrong is named: value, member, and what would be taken",
        arguments: [
            (#"[{"index":1,"type":"A","data":"x","permissions":"11"}]"#, 4, "values[1].permissions"),
            (#"[{"index":1,"type":"A"}]"#, 4, "values[1].data"),
            (#"{"values":[{"index":1,"type":"A","data":"x","color":1}]}"#, 4, ""),
            (#"[{"index":0,"type":"A","data":"x"}]"#, 202, ""), ("7", 4, ""), ("", 4, ""),
            (#"{"handle":"88.118.8/B","values":[]}"#, 4, "handle"),
        ])
    func refusals(json: String, code: Int64, field: String) throws {
        let api = try HandleAPINode()
        let response = try api.send("PUT", "/api/handles/88.118.8/A", json: json)
        check(response, 400, code, "88.118.8/A")
        #expect(response.json["message"].string?.contains(field) == true)
        check(try api.send("GET", "/api/handles/88.118.8/A", []), 404, 100)
    }

    @Test("one index twice is a conflict; an empty array makes a handle without values; a bare value is taken")
    func edges() throws {
        let api = try HandleAPINode()
        let twice = #"[{"index":1,"type":"A","data":"x"},{"index":1,"type":"A","data":"y"}]"#
        check(try api.send("PUT", "/api/handles/88.118.8/A", json: twice), 409, 201)
        check(try api.send("PUT", "/api/handles/88.118.8/EMPTY", json: "[]"), 201, 1)
        let bare = #"{"index":"5","type":"A","data":{"format":"hex","value":"00ff"}}"#
        check(try api.send("PUT", "/api/handles/88.118.8/BARE", json: bare), 201, 1)
        let data = try api.send("GET", "/api/handles/88.118.8/BARE", []).json["values"][0]["data"]
        #expect(data["format"].string == "base64")
        #expect(data["value"].string == "AP8=")
    }

    @Test("a minted name is the beginning with a UUID behind it")
    func minting() throws {
        let api = try HandleAPINode()
        let response = try api.send("PUT", "/api/handles/88.118.8/B-?mintNewSuffix=true", json: Self.url)
        #expect(response.status == 201)
        let handle = try #require(response.json["handle"].string)
        #expect(handle.wholeMatch(of: /88\.118\.8\/B-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil)
        check(try api.send("GET", "/api/handles/" + handle, []), 200, 1, handle)
    }

    @Test("who is not known, wrong or not entitled is told so, always with a body, and nothing changes")
    func credentials() throws {
        let api = try HandleAPINode()
        let path = "/api/handles/88.118.8/USER01"
        let unknown = try api.send("PUT", path, [], json: Self.url)
        check(unknown, 401, 402, "88.118.8/USER01")
        #expect(unknown.all("WWW-Authenticate").count == 2)
        let script = try api.send("PUT", path, [("X-Requested-With", "XMLHttpRequest")], json: Self.url)
        #expect(script.all("WWW-Authenticate").map { $0.prefix(6) } == ["Handle"])
        for credentials in [
            HandleAPINode.basic("300%3A88.118.8/USER01", "wrong"), HandleAPINode.basic("300%3A88.118.8/NOBODY"),
            HandleAPINode.basic("301%3A88.118.8/USER01"),
        ] {
            let wrong = try api.send("GET", path, [credentials])
            check(wrong, 401, 403, "88.118.8/USER01")
            #expect(wrong["WWW-Authenticate"]?.contains("error=") == true)
        }
        check(
            try api.send("PUT", path, [HandleAPINode.basic("300%3A88.118.8/GUEST", "guest")], json: Self.url), 403, 400)
        check(try api.send("GET", path, [("Authorization", "Bearer x")]), 401, 403)
        check(try api.send("GET", path, []), 200, 1)
    }

    @Test("secret keys never leave, whoever asks; other values for administrators do")
    func secrets() throws {
        let api = try HandleAPINode()
        let path = "/api/handles/88.118.8/USER01"
        let hidden = #"[{"index":7,"type":"NOTE","data":"internal","permissions":"1100"}]"#
        check(try api.send("PUT", path + "?index=7", json: hidden), 201, 1)
        let all = try api.send("GET", path)
        check(all, 200, 1)
        #expect(all.json["values"].array?.map { $0["index"].integer } == [1, 7])
        check(try api.send("GET", path + "?index=300"), 200, 200)
        check(try api.send("GET", path + "?publicOnly=false", []), 401, 402)
        #expect(try api.send("GET", path, []).json["values"].array?.count == 1)
    }

    @Test("over a connection where credentials do not count, nobody is believed")
    func clear() throws {
        let made = try MadeNode()
        let node = try made.serve("--http", "127.0.0.1:0")
        let response = try node.http().send(
            "PUT", "/api/handles/88.118.8/A", [HandleAPINode.basic()], json: Self.url)
        check(response, 403, 402, "88.118.8/A")
        #expect(response["WWW-Authenticate"] == nil)
    }

    @Test("lists come whole, in pages from 0, and by cursor; prefixes are homed and unhomed")
    func lists() throws {
        let api = try HandleAPINode()
        for name in ["A", "B", "C"] { check(try api.send("PUT", "/api/handles/88.118.8/\(name)", json: "[]"), 201, 1) }
        let all = try api.send("GET", "/api/handles?prefix=0.NA/88.118.8")
        check(all, 200, 1)
        #expect(all.json["totalCount"].string == "5")
        #expect(all.json["prefix"].string == "0.NA/88.118.8")
        let names = try #require(all.json["handles"].array)
        #expect(names.compactMap(\.string) == ["A", "B", "C", "GUEST", "USER01"].map { "88.118.8/" + $0 })
        let page = try api.send("GET", "/api/handles?prefix=88.118.8&page=1&pageSize=2").json
        #expect(page["handles"].array == Array(names[2..<4]))
        #expect(page["page"].integer == 1)
        #expect(try api.send("GET", "/api/handles?prefix=88.118.8&page=9&pageSize=2").json["handles"].array == [])
        var walked: [JSONTree] = []
        var cursor: String? = ""
        while let next = cursor {
            let part = try api.send("GET", "/api/handles?prefix=88.118.8&pageSize=2&cursor=" + next).json
            walked += part["handles"].array ?? []
            cursor = part["next"].string
        }
        #expect(walked == names)
        check(try api.send("GET", "/api/handles?prefix=88.118.8", []), 401, 402)
        check(try api.send("GET", "/api/handles?prefix=88.9"), 400, 301)
        check(try api.send("GET", "/api/handles?prefix=88.118.8&page=x&pageSize=1"), 400, 4)
        check(try api.send("POST", "/api/prefixes/88.119"), 200, 1, "0.NA/88.119")
        #expect(try api.send("GET", "/api/prefixes").json["prefixes"].array?.contains(.string("0.NA/88.119")) == true)
        check(try api.send("DELETE", "/api/prefixes?prefix=88.119"), 200, 1, "0.NA/88.119")
        check(try api.send("POST", "/api/prefixes/88.120", []), 401, 402)
    }

    @Test("a session is proven by a signature over both nonces, in every spelling of its algorithms, and ends")
    func sessions() throws {
        let api = try HandleAPINode()
        let secret = SecretBytes(Array(HandleAPINode.secret.utf8))
        for algorithm in ["HMAC-SHA256", "HMAC-SHA1", "SHA256", "SHA-1"] {
            let created = try api.send("POST", "/api/sessions", [])
            #expect(created.status == 201)
            let session = try #require(created.json["sessionId"].string)
            let nonce = Self.decoded(try #require(created.json["nonce"].string))
            let input = nonce + [1, 2, 3]
            let signature =
                switch algorithm {
                case "HMAC-SHA256": MAC.hmac(.sha256, key: secret, input)
                case "HMAC-SHA1": MAC.hmac(.sha1, key: secret, input)
                case "SHA256":
                    Digest.hash(Array(HandleAPINode.secret.utf8) + input + Array(HandleAPINode.secret.utf8), .sha256)
                default: Digest.hash(Array(HandleAPINode.secret.utf8) + input + Array(HandleAPINode.secret.utf8), .sha1)
                }
            let named = "Handle sessionId=\"\(session)\""
            let signed =
                named + ", id=\"300%3A88.118.8/USER01\", type=HS_SECKEY, alg=\"\(algorithm)\", "
                + "cnonce=\"AQID\", signature=\"\(base64(signature))\""
            let wrong = signed.replacing("AQID", with: "AQIE")
            #expect(try api.send("PUT", "/api/sessions/this", [("Authorization", wrong)]).status == 401)
            let proven = try api.send("PUT", "/api/sessions/this", [("Authorization", signed)])
            #expect(proven.status == 200)
            #expect(proven.json["authenticated"].boolean == true)
            #expect(proven.json["id"].string == HandleAPINode.user)
            let authorization = [("Authorization", named)]
            check(
                try api.send("PUT", "/api/handles/88.118.8/S", authorization, json: Self.url),
                algorithm == "HMAC-SHA256" ? 201 : 200, 1)
            #expect(try api.send("DELETE", "/api/sessions/this", authorization).status == 204)
            #expect(try api.send("DELETE", "/api/sessions/this", authorization).status == 403)
            check(try api.send("GET", "/api/handles/88.118.8/S", authorization), 401, 403)
        }
    }

    @Test("the server proves itself with its key over both nonces")
    func serverProof() throws {
        let api = try HandleAPINode()
        let created = try api.send("POST", "/api/sessions", [], json: #"{"cnonce":"AQID"}"#).json
        #expect(created["serverAlg"].string == "SHA-256")
        let nonce = Self.decoded(try #require(created["nonce"].string))
        let signature = Self.decoded(try #require(created["serverSignature"].string))
        let key = try PrivateKey(pem: SecretBytes(api.made.folder.read("data/keys/server.pem")))
        #expect(try key.publicKey().isValid(signature, of: nonce + [1, 2, 3], .digest(.sha256)))
    }

    @Test("a challenge of another server is verified with a secret key that is stored here")
    func verifications() throws {
        let api = try HandleAPINode()
        let secret = SecretBytes(Array(HandleAPINode.secret.utf8))
        let signature = base64(MAC.hmac(.sha256, key: secret, [9, 9, 1, 2, 3]))
        let path = "/api/verifications/300:88.118.8/USER01?nonce=CQk=&cnonce=AQID&alg=HMAC-SHA256&signature="
        let encoded = signature.replacing("+", with: "%2B")
        #expect(try api.send("GET", path + encoded, []).json["isValid"].boolean == true)
        #expect(try api.send("GET", path + "AAAA", []).json["isValid"].boolean == false)
        check(try api.send("GET", "/api/verifications/300:88.118.8/USER01", []), 400, 4)
    }

    @Test("changes stand in the journal with who made them and through which door")
    func journal() throws {
        let api = try HandleAPINode()
        check(try api.send("PUT", "/api/handles/88.118.8/J", json: Self.url), 201, 1)
        let journal = try TestProgram.run(["journal", "show", "--data", api.made.directory, "--json"])
        let line = try #require(journal.output.split(separator: "\n").last { $0.contains("88.118.8/J") })
        #expect(line.contains("300:88.118.8/USER01"))
        #expect(line.contains("http 127.0.0.1:"))
        #expect(!api.node.log.contains(HandleAPINode.secret))
    }

    private static func decoded(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var writer = ByteWriter()
        return Base64.decode(bytes.rawSpan, into: &writer) ? writer.bytes : []
    }
}
