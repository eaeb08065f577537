import BanyanIndex
import BanyanTestSupport
import Foundation
import HandleProtocol
import OpenSSL

/// Real nodes with what the recorded server had. Started once for all tests that ask; killed with the test process.
enum ReferenceNode {
    /// The content of the vectors: site record, server key, five prefixes, 3,045 handles.
    static let recorded = Result { try RunningNode.recorded() }
    /// The second recorded server: position 0 of a site of two, which hashes by the whole handle.
    static let ofTwoServers = Result { try RunningNode.ofTwoServers() }
    /// A node of 88.118.8, the prefix of the Chinese clients' recordings.
    static let ofChineseClients = Result { try RunningNode.ofChineseClients() }
}

/// A node, and what an answer of it is checked by.
struct RunningNode: Sendable {
    let node: TestNode
    let siteRecord: [UInt8]
    let serverKey: PublicKey
    /// Of the node's doors with TLS.
    let certificate: Certificate
    private let folder: TemporaryFolder

    private init(
        siteRecord: [UInt8], keyFile: [UInt8]?, prefixes: [String], lines: [UInt8], serverPosition: Int = 0,
        administrators: [String] = [], serving arguments: [String] = [], _ prepare: (String) throws -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        let directory = folder.path + "/data"
        try folder.write(Array(hex(siteRecord).utf8), to: "site.hex")
        var initial = ["init", "--data", directory, "--site", folder.path + "/site.hex"]
        if let keyFile {
            try folder.write(keyFile, to: "server.key")
            initial += ["--server-key", folder.path + "/server.key"]
        }
        try Self.run(
            initial + prefixes.flatMap { ["--prefix", $0] } + administrators.flatMap { ["--admin", $0] })
        try folder.write(lines, to: "records.jsonl")
        try Self.run([
            "load", "--data", directory, "--format", "wire", "--on-conflict", "replace",
            folder.path + "/records.jsonl",
        ])
        try prepare(directory)
        node = try TestNode(directory: directory, arguments)
        certificate = try Certificate(pem: folder.read("data/keys/tls-certificate.pem"))
        self.siteRecord = siteRecord
        serverKey = try Self.key(in: siteRecord, position: serverPosition)
    }

    static func recorded() throws -> RunningNode {
        try recorded(administrators: [], serving: ["--http", "127.0.0.1:0"])
    }

    /// As the recorded server was when it was administered; one for each who changes something.
    /// - Parameter arguments: of `banyan serve`.
    static func ofAdministrators(serving arguments: [String] = []) throws -> RunningNode {
        try recorded(administrators: ["300:0.NA/88.100.1", "301:0.NA/88.100.1"], serving: arguments)
    }

    private static func recorded(
        administrators: [String], serving arguments: [String] = [], _ prepare: (String) throws -> Void = { _ in }
    ) throws -> RunningNode {
        let meta = try Vectors.load("dataset")[0].fields
        guard let site = meta["siteinfo_hex"].hex, let key = meta["server_private_key_encoding_hex"].string else {
            throw TestFailure("no site record in the data set")
        }
        return try RunningNode(
            siteRecord: site, keyFile: Array(key.utf8), prefixes: ["0", "0.NA", "88", "88.100", "88.100.1"],
            lines: try Vectors.bytes(of: "dataset"), administrators: administrators, serving: arguments, prepare)
    }

    /// As the recorded server was when its mirrors were recorded: with its log.
    static func ofRecordedLog() throws -> RunningNode {
        try recorded(administrators: ["300:0.NA/88.100.1", "301:0.NA/88.100.1"]) { directory in
            for file in ["data.mdb", "lock.mdb"] { try FileManager.default.removeItem(atPath: directory + "/" + file) }
            try RecordedLog.write(to: HandleIndex(directory: directory, access: .create))
        }
    }

    static func ofTwoServers() throws -> RunningNode {
        let vectors = try Vectors.load("multi-server")
        guard let answer = vectors.first(where: { $0.name == "hash-site" }) else { throw TestFailure("no hash-site") }
        let message = Answer(packets: answer.responsePackets).message
        var site = try Site(parsing: message.body.rawSpan)
        // The private keys of that server are not known: ours stands in its place.
        let key = try PrivateKey.generateRSA()
        guard let numbers = try key.publicKey().rsaNumbers else { throw TestFailure("no RSA key") }
        site.servers[0].publicKey =
            PublicKeyRecord.rsa(
                exponent: numbers.exponent, modulus: [0] + numbers.modulus
            ).bytes
        let lines = try vectors.filter { $0.name.hasPrefix("hash-") }.compactMap { try line(of: $0) }
        return try RunningNode(
            siteRecord: site.bytes, keyFile: key.pem().exposed, prefixes: ["88.100.1"],
            lines: Array(lines.joined(separator: "\n").utf8))
    }

    /// - Parameter arguments: of `banyan serve`.
    static func ofChineseClients(serving arguments: [String] = []) throws -> RunningNode {
        let recorded = try Vectors.load("dataset")[0].fields
        guard let site = recorded["siteinfo_hex"].hex, let key = recorded["server_private_key_encoding_hex"].string
        else { throw TestFailure("no site record in the data set") }
        let values = [1, 3].map {
            HandleValue(index: $0, timestamp: 1, type: Array("URL".utf8), data: Array("https://a.cn/\($0)".utf8))
        }
        let lines = try ["88.118.8/SN-0001", "88.118.8/产品-一"].map { try line(handle: Array($0.utf8), values) }
        return try RunningNode(
            siteRecord: site, keyFile: Array(key.utf8), prefixes: ["88.118.8"],
            lines: Array(lines.joined(separator: "\n").utf8), serving: arguments)
    }

    /// The record that a recorded answer shows, as a line of the `wire` format; nil for other answers.
    private static func line(of vector: Vector) throws -> String? {
        let message = Answer(packets: vector.responsePackets).message
        guard message.code == 1, message.opCode == 1 else { return nil }
        var reader = ByteReader(message.body.rawSpan)
        let handle = try reader.readBytes("handle").array
        var values: [HandleValue] = []
        for _ in 0..<(try reader.readCount("values", minimumByteCount: HandleValue.minimumByteCount)) {
            values.append(try HandleValue(parsing: &reader))
        }
        return try line(handle: handle, values)
    }

    private static func line(handle: [UInt8], _ values: [HandleValue]) throws -> String {
        let texts = values.map { value in
            var writer = ByteWriter()
            value.write(to: &writer)
            return "\"" + hex(writer.bytes) + "\""
        }
        let name = String(decoding: handle, as: UTF8.self)
        return "{\"handle\":\"\(name)\",\"values_hex\":[\(texts.joined(separator: ","))]}"
    }

    private static func run(_ arguments: [String]) throws {
        let result = try TestProgram.run(arguments)
        guard result.status == 0 else {
            throw TestFailure("banyan \(arguments[0]) ended with \(result.status): \(result.error)")
        }
    }

    static func key(in siteRecord: [UInt8], position: Int) throws -> PublicKey {
        let server = try Site(parsing: siteRecord.rawSpan).servers[position]
        guard case .rsa(let exponent, let modulus) = try PublicKeyRecord(parsing: server.publicKey.rawSpan).key else {
            throw TestFailure("no RSA key in the site record")
        }
        return try PublicKey(RSAPublicNumbers(modulus: modulus, exponent: exponent))
    }
}
