public import Foundation

/// One golden exchange or record: a line of a file in Tests/Vectors.
public struct Vector: Sendable, CustomStringConvertible {
    /// The file without its ending.
    public let file: String
    public let name: String
    /// One sentence.
    public let what: String
    /// `udp`, `tcp`, or what else the line says; empty in records.
    public let transport: String
    /// All bytes in order, envelopes included; empty when the line has none.
    public let request: [UInt8]
    public let response: [UInt8]
    /// The datagrams, where there were several; otherwise the request as one. Empty when there is no request.
    public let requestPackets: [[UInt8]]
    public let responsePackets: [[UInt8]]
    /// `{"request": …, "response": …}`; `null` when the line has none.
    public let decoded: JSONTree
    /// Keys, nonces and private numbers needed to compute the exchange again.
    public let secrets: JSONTree
    public let notes: String
    /// Steps of one conversation share a flow; `step` counts from 1.
    public let flow: String?
    public let step: Int?
    /// The whole line, for members of one file only.
    public let fields: JSONTree

    init(file: String, fields: JSONTree) {
        self.file = file
        self.fields = fields
        name = fields["name"].string ?? ""
        what = fields["what"].string ?? ""
        transport = fields["transport"].string ?? ""
        let requestBytes = fields["request_hex"].hex ?? []
        let responseBytes = fields["response_hex"].hex ?? []
        request = requestBytes
        response = responseBytes
        requestPackets = Vector.packets(fields["request_packets"], whole: requestBytes)
        responsePackets = Vector.packets(fields["response_packets"], whole: responseBytes)
        decoded = fields["decoded"]
        secrets = fields["secrets"]
        notes = fields["notes"].string ?? ""
        flow = fields["flow"].string
        step = fields["step"].integer.map { Int($0) }
    }

    private static func packets(_ tree: JSONTree, whole: [UInt8]) -> [[UInt8]] {
        if let packets = tree.array { return packets.compactMap(\.hex) }
        return whole.isEmpty ? [] : [whole]
    }

    public var description: String { "\(file): \(name)" }
}

/// The files of golden exchanges in Tests/Vectors, one JSON object a line.
public enum Vectors {
    /// Every file that holds exchanges over the Handle protocol, recorded from the reference server.
    public static let exchangeFiles = [
        "resolve", "versions", "referral", "site-info", "udp-fragment", "tcp-framing", "malformed", "multi-server",
        "admin", "session", "list", "naming-authority", "verify-challenge", "replication", "real-clients",
    ]
    /// Requests recorded from the Chinese clients.
    public static let clientFiles = ["idis-caict-sdk", "idis-pointer-sdk", "idis-python-client"]

    public static var directory: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Vectors")
    }

    /// The vectors of `file` (without `.jsonl`), in order. Throws when the file is missing or a line is not JSON.
    public static func load(_ file: String) throws -> [Vector] {
        return try bytes(of: file).split(separator: 0x0A).enumerated().map { line, text in
            guard let fields = JSONTree(parsing: text) else { throw VectorError(file: file, line: line + 1) }
            return Vector(file: file, fields: fields)
        }
    }

    /// The file as it is.
    public static func bytes(of file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: directory.appending(path: file + ".jsonl")))
    }

    /// The vector of that name. Throws when there is none.
    public static func load(_ file: String, name: String) throws -> Vector {
        guard let vector = try load(file).first(where: { $0.name == name }) else {
            throw VectorError(file: file, line: 0)
        }
        return vector
    }
}

/// A vector file's line that is not JSON (counted from 1), or a vector that is not there (line 0).
public struct VectorError: Error {
    public let file: String
    public let line: Int
}
