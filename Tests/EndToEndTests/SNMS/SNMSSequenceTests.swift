import BanyanRegistry
import BanyanTestSupport
import Testing

@Suite("What an enterprise does with a secondary node all day (SNMS)")
struct SNMSSequenceTests {
    @Test("login by digest, template, 2,000 created and updated in two calls, a query without token, deletes with body")
    func sequence() throws {
        var client = try SNMSClient(base: "/snmsapi")
        let day = CivilTime(inChinaAt: ChangeOrigin.now).date
        let password = SNMSClient.digest(SNMSClient.digest(SNMSClient.enterprisePassword) + day)
        let login = try client.call(
            "POST", "/identity/token/v1", #"{"username":"rongcheng","password":"\#(password)"}"#)
        #expect(login.status == 200)
        #expect(login.json["status"].integer == 1)
        #expect(login.json["message"].string == "success")
        client.token = login.json["data"]["token"].string
        #expect(client.token != nil)

        #expect(try client.told("POST", "/snms/api/v5/template", SNMSClient.template) == "1 success")
        let names = (0..<2_000).map { "88.118.8/SN-\($0)" }
        let created = try client.call(
            "POST", "/identityv2/data/batchCreate",
            "[" + names.map { SNMSClient.record($0) }.joined(separator: ",") + "]")
        #expect(created.json["status"].integer == 1)
        let answers = try #require(created.json["data"].array)
        #expect(answers.map { $0["handle"].string } == names)
        #expect(answers.allSatisfy { $0["msg"].string == "success" })

        let updated = try client.call(
            "PUT", "/identityv2/data/batchUpdate",
            "[" + names.map { SNMSClient.record($0, model: "P-8") }.joined(separator: ",") + "]")
        #expect(updated.json["data"].array?.count == 2_000)
        #expect(updated.json["data"].array?.allSatisfy { $0["msg"].string == "success" } == true)
        #expect(try client.told("PUT", "/identityv2/data", SNMSClient.record(names[0], model: "P-9")) == "1 success")

        let token = client.token
        client.token = nil
        for query in ["88.118.8/SN-0", "88.118.8%2FSN-0"] {
            let shown = try client.call("GET", "/identityv2/data/detail?handle=\(query)").json["data"]
            #expect(shown["handle"].string == "88.118.8/SN-0")
            #expect(shown["templateVersion"].string == "pump-v2")
            let model = shown["value"].array?.first { $0["index"].integer == 2_000 }
            #expect(model?["data"]["value"].string == "P-9")
            #expect(model?["type"].string == "model")
        }
        let resolved = try TestProgram.run(["resolve", names[1], "--server", "127.0.0.1:\(client.node.tcpPort)"])
        #expect(resolved.status == 0)
        #expect(resolved.output.contains("P-8"))

        client.token = token
        #expect(try client.told("DELETE", "/identityv2/data", #"{"handle":"88.118.8/SN-0"}"#) == "1 success")
        let deleted = try client.call(
            "DELETE", "/identityv2/data/batchDelete", #"["88.118.8/SN-1","88.118.8/SN-0"]"#)
        #expect(deleted.json["data"][0]["code"].integer == 1)
        #expect(deleted.json["data"][1]["code"].integer == -2)
        #expect(deleted.json["data"][1]["msg"].string == "标识不存在")
        #expect(try client.told("GET", "/identityv2/data/detail?handle=88.118.8/SN-0") == "-2 没有找到标识")
        #expect(
            try client.told(
                "DELETE", "/snms/api/v5/template", #"{"prefix":"88.118.8","version":"pump-v2"}"#) == "1 success")

        #expect(client.node.terminate() == 0)
        let log = client.node.log
        for secret in [SNMSClient.enterprisePassword, password, try #require(token)] { #expect(!log.contains(secret)) }
        let journal = try client.journal("show", "--limit", "100000")
        #expect(journal.output.contains("rongcheng"))
        #expect(!journal.output.contains(password))
        #expect(try client.journal("verify").status == 0)
    }

    @Test("an enterprise applies, is reviewed, gets its prefix, and registers under it; every step is in the journal")
    func prefixLife() throws {
        var client = try SNMSClient()
        try client.logIn("admin", SNMSClient.operatorPassword)
        let files = try (0..<3).map { _ in try client.upload() }
        let form = ApplicationText(prefix: "88.118.9", files: files)
        #expect(try client.told("POST", "/snms/api/v3/ent/apply", form.text) == "1 success")
        let sameFiles = ApplicationText(prefix: "88.118.10", files: files)
        #expect(try client.told("POST", "/snms/api/v3/ent/apply", sameFiles.text) == "-2 文件已被使用")
        let other = ApplicationText(prefix: "88.118.9", files: try (0..<3).map { _ in try client.upload() })
        #expect(try client.told("POST", "/snms/api/v3/ent/apply", other.text) == "-2 前缀已被申请")
        #expect(try client.state(of: "88.118.9") == 4)
        let config = #"{"proxyServerId":1,"entPrefixConfig":{"entPrefix":"88.118.9"}}"#
        #expect(try client.told("POST", "/snms/api/ent/config", config) == "-2 前缀尚未通过审核")

        func decide(_ verb: String, _ arguments: String...) throws -> Int32 {
            try TestProgram.run(["prefix", verb, "88.118.9", "--data", client.made.directory] + arguments).status
        }
        #expect(try decide("pass") == 0)
        #expect(try client.state(of: "88.118.9") == 5)
        #expect(try decide("pass") == 1)
        #expect(try decide("approve") == 0)
        #expect(try client.state(of: "88.118.9") == 1)
        let page = try client.call("GET", "/snms/api/v3/ent/page?orgName=轴承".percentEncoded).json["data"]
        let number = try #require(page["content"][0]["id"].integer)
        let detail = try client.call("GET", "/snms/api/v3/ent/detail?id=\(number)").json["data"]
        #expect(detail["entBasicInfo"]["legalCrtNo"].string == "110101199003070001")

        try client.logIn("gamma", "Gamma-gamma-1")
        #expect(try client.told("POST", "/snms/api/ent/config", config) == "1 success")
        let template = SNMSClient.template.replacing("88.118.8", with: "88.118.9")
        #expect(try client.told("POST", "/snms/api/v3/template", template) == "1 success")
        #expect(try decide("quota", "--count", "2") == 0)
        #expect(try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.9/1")) == "1 success")
        #expect(
            try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.9/2")) == "-2 该前缀的标识数量已达上限")
        #expect(try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.8/1")) == "-3 没有操作权限")
        #expect(try client.told("GET", "/snms/api/v3/ent/detail?id=\(number + 1)") == "-2 企业不存在")

        #expect(try decide("revoke", "--reason", "合同到期") == 0)
        #expect(try client.told("POST", "/identityv2/data", SNMSClient.record("88.118.9/3")) == "-3 没有操作权限")
        #expect(try client.told("GET", "/identityv2/data/detail?handle=88.118.9/1") == "-2 没有找到标识")

        #expect(client.node.terminate() == 0)
        let journal = try client.journal("show", "--limit", "1000")
        for step in ["prefix pass", "prefix approve", "prefix quota", "prefix revoke", "prefix/88.118.9"] {
            #expect(journal.output.contains(step), "\(step)")
        }
        #expect(!client.node.log.contains("110101199003070001"))
    }
}

/// An application for a prefix, as a client's form makes it.
private struct ApplicationText {
    var prefix: String
    var files: [Int64]

    var text: String {
        let password = SNMSClient.digest("Gamma-gamma-1")
        let systems = (1...4).map { #"{"sysType":\#($0),"deployMode":2,"name":"云"}"# }.joined(separator: ",")
        return """
            {"sysUser":{"userName":"gamma","password":"\(password)","email":"g@example.cn","mobile":"13900000000"},
             "entBasicInfo":{"orgName":"荣成轴承","orgNature":2,"orgAddr":"某路1号","orgAddrProvince":"370000",
              "orgAddrCity":"371000","orgCrtType":1,"orgCrtCode":"91370000000000000X","orgCrtImgRid":\(files[0]),
              "industryCategory":"C","industrySpecific":"34","contactName":"张三","contactCrtType":1,
              "contactCrtNo":"110101199003070000","contactEmail":"z@example.cn","contactPhone":"13800000009",
              "legalName":"李四","legalCrtType":1,"legalCrtNo":"110101199003070001",
              "legalCrtBackImgRid":\(files[1]),"legalCrtFrontImgRid":\(files[2]),"entPrefix":"\(prefix)"},
             "entRegisterManageInfo":{"entInfoSyses":[\(systems)],"servSysBuildType":1,"servSysOperType":1}}
            """
    }
}

extension SNMSClient {
    fileprivate func journal(_ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(["journal", arguments[0], "--data", made.directory] + arguments.dropFirst())
    }

    fileprivate func state(of prefix: String) throws -> Int64? {
        try call("GET", "/snms/api/prefix/query?prefix=\(prefix)").json["data"]["status"].integer
    }
}

extension String {
    fileprivate var percentEncoded: String {
        utf8.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "%" + String($0, radix: 16) }.joined()
    }

    fileprivate func replacing(_ text: String, with other: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
