import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Enterprises, prefixes and files: what is refused, and a prefix of an enterprise's own node (SNMS)")
struct SNMSEnterpriseTests {
    @Test("uploads: what is no form, no image or PDF, or too long")
    func uploads() throws {
        var client = try SNMSClient()
        try client.logIn("admin", SNMSClient.operatorPassword)
        func upload(_ bytes: [UInt8], type: String = "multipart/form-data; boundary=xyz") throws -> String {
            let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
            let body = Array(head.utf8) + bytes + Array("\r\n--xyz--\r\n".utf8)
            let answer = try client.node.http().send(
                "POST", "/snms/api/file/upload",
                [("Authorization", "Bearer \(client.token ?? "")"), ("Content-Type", type)], body: body)
            return "\(answer.json["status"].integer ?? 0) \(answer.json["message"].string ?? "")"
        }
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        #expect(try upload(png) == "1 success")
        #expect(try upload(png, type: "application/json") == "-2 缺少必要的请求参数: file")
        #expect(try upload([]) == "-2 缺少必要的请求参数: file")
        #expect(try upload(Array("<html>".utf8)) == "-2 仅支持 JPG、PNG、BMP 图片和 PDF 文件")
        let long = [UInt8](repeating: 0, count: 1 << 20)
        #expect(try upload(png + long) == "-2 文件大小不能超过1MB")
        #expect(try upload(Array("%PDF-1.7".utf8) + long) == "1 success")
    }

    @Test("applications, pages and details name what is missing or wrong")
    func refusals() throws {
        var client = try SNMSClient()
        try client.logIn("admin", SNMSClient.operatorPassword)
        let apply = "/snms/api/v3/ent/apply"
        for (method, path, body, told) in [
            ("POST", apply, "{}", "-2 缺少必要的请求参数: entBasicInfo"),
            ("POST", apply, #"{"entBasicInfo":{}}"#, "-2 缺少必要的请求参数: orgAddrProvince"),
            ("POST", apply, "x", "-2 请求参数格式错误"),
            ("GET", "/snms/api/v3/ent/page?currentPage=0", nil, "-2 参数currentPage不正确"),
            ("GET", "/snms/api/v3/ent/page?pageSize=100000", nil, "-2 参数pageSize不正确"),
            ("GET", "/snms/api/v3/ent/detail", nil, "-2 缺少必要的请求参数: id"),
            ("GET", "/snms/api/v3/ent/detail?id=1", nil, "-2 企业不存在"),
            ("GET", "/snms/api/prefix/query", nil, "-2 缺少必要的请求参数: prefix"),
            ("GET", "/snms/api/prefix/query?prefix=88.1", nil, "-2 前缀不存在"),
            ("GET", "/snms/api/prefix/query?prefix=a/b", nil, "-2 参数prefix不正确"),
            ("GET", "/snms/api/prefix/query?prefix=88.118.8", nil, "1 success"),
            ("POST", "/snms/api/ent/config", "{}", "-2 缺少必要的请求参数: entPrefixConfig"),
            ("POST", "/identity/registry", #"{"username":"a","password":"short"}"#, "-2 参数password不正确"),
        ] as [(String, String, String?, String)] {
            #expect(try client.told(method, path, body) == told, "\(path)")
        }
        let empty = try client.call("GET", "/snms/api/prefix/page").json["data"]
        #expect(empty["totalElements"].integer == 0)
        #expect(empty["number"].integer == 1)
        #expect(empty["first"].boolean == true && empty["last"].boolean == true)
    }

    @Test("a prefix that is not hosted is pointed at the enterprise's own node")
    func delegated() throws {
        var client = try SNMSClient()
        let directory = client.made.directory
        try client.logIn("admin", SNMSClient.operatorPassword)
        let password = SNMSClient.digest("Gamma-gamma-1")
        #expect(
            try client.told(
                "POST", "/identity/registry",
                #"{"username":"gamma","password":"\#(password)","email":"g@example.cn","mobile":"139"}"#) == "1 success"
        )
        let systems = (1...4).map { #"{"sysType":\#($0),"deployMode":2,"name":"云"}"# }.joined(separator: ",")
        let form = """
            {"username":"gamma","entBasicInfo":{"orgName":"甲","orgNature":"2","orgAddr":"乙","orgAddrProvince":"370000",
              "orgAddrCity":"371000","orgCrtType":1,"orgCrtCode":"1","orgCrtImgRid":FILE,"industryCategory":"C",
              "industrySpecific":"34","contactName":"丙","contactCrtType":1,"contactCrtNo":"2","contactEmail":"z@z.cn",
              "contactPhone":"3","legalName":"丁","legalCrtType":1,"legalCrtNo":"4","legalCrtBackImgRid":FILE,
              "legalCrtFrontImgRid":FILE,"entPrefix":"88.118.8.1"},
             "entRegisterManageInfo":{"entInfoSyses":[\(systems)],"servSysBuildType":1,"servSysOperType":1}}
            """
        let applied = form.split(separator: "FILE", omittingEmptySubsequences: false).joined(separator: "1")
        #expect(try client.told("POST", "/snms/api/v3/ent/upgrade-apply", applied) == "-2 没有找到上传的文件")
        // One certificate is enough to show that a member must be there; files are looked at above.
        let upload = try client.node.http().send(
            "POST", "/snms/api/file/upload",
            [("Authorization", "Bearer \(client.token ?? "")"), ("Content-Type", "multipart/form-data; boundary=x")],
            body: Array("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nBM0\r\n--x--\r\n".utf8))
        let file = try #require(upload.json["data"]["id"].integer)
        let right = form.split(separator: "FILE", omittingEmptySubsequences: false).joined(separator: "\(file)")
        #expect(try client.told("POST", "/snms/api/v3/ent/upgrade-apply", right) == "1 success")
        #expect(try TestProgram.run(["prefix", "approve", "88.118.8.1", "--data", directory]).status == 0)
        func config(_ changes: String) -> String {
            #"{"entPrefixConfig":{"entPrefix":"88.118.8.1","hdlType":"HS_SITE",\#(changes)}}"#
        }
        for (changes, told) in [
            (#""ip":"192.0.2.300","ipType":"4","tcpPort":"2641""#, "-2 参数ip不正确"),
            (#""ip":"192.0.2.3","ipType":"6","tcpPort":"2641""#, "-2 参数ipType不正确"),
            (#""ip":"192.0.2.3","ipType":"4""#, "-2 缺少必要的请求参数: tcpPort"),
            (#""ip":"192.0.2.3","ipType":"4","udpPort":"70000""#, "-2 参数udpPort不正确"),
            (#""ip":"192.0.2.3","ipType":"4","tcpPort":"2641","udpPort":"2641""#, "1 success"),
        ] {
            #expect(try client.told("POST", "/snms/api/ent/config", config(changes)) == told)
        }
        let record = try TestProgram.run(["resolve", "0.NA/88.118.8.1", "--data", directory, "--json"])
        let values = JSONTree(parsing: Array(record.output.utf8)[...])?["values"].array ?? []
        let site = values.first { $0["type"].string == "HS_SITE" }?["data"]["value"]
        #expect(site?["servers"][0]["address"].string == "192.0.2.3")
        #expect(site?["servers"][0]["interfaces"].array?.count == 2)
    }
}
