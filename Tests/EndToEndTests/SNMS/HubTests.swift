import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("The calls of an enterprise node (IDHub)")
struct HubTests {
    /// An enterprise whose application `88.118.8/App_one` has a key in its record.
    private struct Application {
        var client: SNMSClient
        let key: PrivateKey
        let metadata: String

        init() throws {
            client = try SNMSClient()
            key = try PrivateKey.generateRSA()
            let data = Hex.encode(try PublicKeyRecord(key.publicKey()).bytes)
            let record =
                #"{"handle":"88.118.8/App_one","values":[{"index":300,"type":"HS_PUBKEY","data":{"format":"hex","value":""#
                + String(decoding: data, as: UTF8.self) + #""}}]}"#
            let loaded = try TestProgram.run(
                ["load", "--data", client.made.directory, "--format", "ndjson", "-"], input: Array(record.utf8))
            guard loaded.status == 0 else { throw TestFailure("load: \(loaded.error)") }
            try client.logIn("rongcheng", SNMSClient.enterprisePassword)
            _ = try client.told("POST", "/snms/api/v3/template", SNMSClient.template)
            let path = "/snms/api/v3/template?prefix=88.118.8&version=pump-v2"
            metadata = try client.call("GET", path).json["data"]["handle"].string ?? ""
            client.token = nil
        }

        /// Asks for a number and sends what `sign` makes of it.
        func prove(_ sign: ([UInt8]) throws -> [UInt8]) throws -> JSONTree {
            let path = "/api/v1/doip/public/challenge?handle=88.118.8/App_one"
            let nonce = try client.call("GET", path).json["data"].string ?? ""
            let signature = String(decoding: Base64.encode(try sign(Array(nonce.utf8))), as: UTF8.self)
            return try client.call(
                "POST", "/api/v1/doip/public/verify-response",
                #"{"handle":"88.118.8/App_one","signature":"\#(signature)"}"#
            ).json
        }

        mutating func logIn() throws {
            let key = key
            client.token = try prove { try key.sign($0, .digest(.sha256)) }["data"]["token"].string
        }

        func operate(
            _ method: String, _ operation: String, _ target: String, _ content: String? = nil, type: String? = nil
        ) throws -> JSONTree {
            let type = type ?? metadata
            return try client.call(
                method, "/api/v1/doip?targetId=\(target)&operationId=\(operation)",
                content.map { #"{"type":"\#(type)","attributes":{"content":\#($0)}}"# }
            ).json
        }
    }

    @Test("an application signs a number, then creates, reads, updates in part and in whole, and deletes")
    func life() throws {
        var application = try Application()
        let target = "88.118.8/OBJ-1"
        #expect(try application.operate("POST", "0.DOIP/Op.Create", target, "{}")["code"].integer == 102)
        try application.logIn()
        #expect(application.client.token != nil)
        let content = #"{"model":"P-7","colour":"red"}"#
        let created = try application.operate("POST", "0.DOIP/Op.Create", target, content)
        #expect(created["code"].integer == 1)
        #expect(created["data"]["id"].string == target)
        #expect(try application.operate("POST", "0.DOIP/Op.Create", target, content)["code"].integer == 105)
        let part = #"{"model":"P-8"}"#
        #expect(
            try application.operate("POST", "0.DOIP.EXTEND/Op.Update.Non.Overlay", target, part)["code"].integer == 1)
        func values() throws -> [String] {
            let answer = try application.operate("GET", "0.DOIP/Op.Retrieve", target)["data"]["attributes"]["elements"]
            return answer.array?.map { "\($0["type"].string ?? "")=\($0["value"].string ?? "")" } ?? []
        }
        #expect(try values() == ["model=P-8", "colour=red"])
        #expect(try application.operate("POST", "0.DOIP/Op.Update", target, part)["code"].integer == 1)
        #expect(try values() == ["model=P-8"])
        let metadata = try application.operate("GET", "0.DOIP/Op.Retrieve", application.metadata)["data"]
        #expect(metadata["type"].string == "0.TYPE/DO.DOIPMETA")
        #expect(metadata["attributes"]["content"]["required"][0].string == "model")
        #expect(try application.operate("POST", "0.DOIP/Op.Delete", target)["code"].integer == 1)
        #expect(try application.operate("GET", "0.DOIP/Op.Retrieve", target)["code"].integer == 104)
    }

    @Test("what is refused has its code: signature, operation, identifier, metadata, item, enterprise")
    func refusals() throws {
        var application = try Application()
        let other = try PrivateKey.generateRSA()
        #expect(try application.prove { try other.sign($0, .digest(.sha256)) }["code"].integer == 401)
        #expect(try application.prove { _ in [] }["code"].integer == 401)
        let key = application.key
        #expect(try application.prove { try key.sign($0 + [0x30], .digest(.sha256)) }["code"].integer == 401)
        let noApplication = try application.client.call("GET", "/api/v1/doip/public/challenge?handle=88.118.8/User_1")
        #expect(noApplication.json["code"].integer == 106)
        try application.logIn()
        let target = "88.118.8/OBJ-1"
        for (code, answer) in [
            (404, try application.operate("POST", "0.DOIP/Op.Fly", target, "{}")),
            (404, try application.operate("GET", "0.DOIP/Op.Create", target)),
            (40_508, try application.operate("POST", "0.DOIP/Op.Create", "none", "{}")),
            (604, try application.operate("POST", "0.DOIP/Op.Create", target, "{}", type: "88.118.8/META_0")),
            (603, try application.operate("POST", "0.DOIP/Op.Create", target, #"{"weight":"1"}"#)),
            (601, try application.operate("POST", "0.DOIP/Op.Create", target, "{}")),
            (701, try application.operate("POST", "0.DOIP/Op.Create", "88.1/OBJ", "{}")),
            (104, try application.operate("POST", "0.DOIP/Op.Update", target, #"{"model":"P"}"#)),
            (104, try application.operate("POST", "0.DOIP/Op.Delete", target)),
        ] {
            #expect(answer["code"].integer == Int64(code))
        }
    }
}
