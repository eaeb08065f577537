import BanyanTestSupport
import HandleProtocol

/// A node over HTTP in clear where credentials count, as behind a proxy that ends TLS; with an administrator who has a
/// secret key.
struct HandleAPINode {
    static let secret = "geheim: 密钥"
    static let user = "300:88.118.8/USER01"

    let made: MadeNode
    let node: TestNode

    init(_ arguments: String...) throws {
        made = try MadeNode(["--admin", "300:0.NA/88.118.8", "--admin", Self.user])
        let user = """
            {"handle":"88.118.8/USER01","values":[{"index":300,"type":"HS_SECKEY","data":"\(Self.secret)",\
            "permissions":"1100"},{"index":1,"type":"URL","data":"https://example.cn/li"}]}
            {"handle":"88.118.8/GUEST","values":[{"index":300,"type":"HS_SECKEY","data":"guest","permissions":"1100"}]}
            """
        let result = try made.run("load", "-", input: Array(user.utf8))
        guard result.status == 0 else { throw TestFailure("load ended with \(result.status): \(result.error)") }
        node = try TestNode(
            directory: made.directory, in: made.folder,
            ["--http", "127.0.0.1:0", "--set", "http.clear-credentials=true"] + arguments)
    }

    /// As pyhandle sends it: the user percent-encoded, the secret as it is.
    static func basic(_ user: String = "300%3A88.118.8/USER01", _ secret: String = secret) -> (String, String) {
        ("Authorization", "Basic " + base64(Array("\(user):\(secret)".utf8)))
    }

    func send(
        _ method: String, _ path: String, _ fields: [(String, String)] = [basic()], json: String? = nil
    ) throws -> TestHTTP.Response {
        guard let json else { return try node.http().send(method, path, fields) }
        return try node.http().send(method, path, fields, json: json)
    }
}

func base64(_ bytes: [UInt8]) -> String { String(decoding: Base64.encode(bytes), as: UTF8.self) }
