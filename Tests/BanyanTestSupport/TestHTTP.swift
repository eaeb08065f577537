/// An HTTP/1.1 client over one connection: what it sends is as the test writes it, what comes back is taken apart.
public final class TestHTTP: Sendable {
    public struct Response: Sendable {
        public var status: Int
        /// Names in lower case; a field that came more than once is there more than once.
        public var fields: [(name: String, value: String)]
        public var body: [UInt8]

        public subscript(_ name: String) -> String? { fields.first { $0.name == name.lowercased() }?.value }
        public func all(_ name: String) -> [String] { fields.filter { $0.name == name.lowercased() }.map(\.value) }
        public var text: String { String(decoding: body, as: UTF8.self) }
        public var json: JSONTree { JSONTree(parsing: body[...]) ?? .null }
    }

    /// What carries the bytes: a socket, or something that encrypts them.
    public protocol Stream: Sendable {
        func send(_ bytes: [UInt8]) throws
        /// What there is; empty at the end, nil when nothing came.
        func receive() -> [UInt8]?
    }

    private let stream: any Stream

    public init(over stream: any Stream) { self.stream = stream }

    public convenience init(port: UInt16) throws { self.init(over: try TestSocket.stream(to: port)) }

    public func send(
        _ method: String, _ path: String, _ fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> Response {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try stream.send(Array((head + "\r\n").utf8) + (body ?? []))
        return try receive(withoutBody: method == "HEAD")
    }

    public func send(
        _ method: String, _ path: String, _ fields: [(String, String)] = [], json: String
    ) throws -> Response {
        try send(method, path, fields + [("Content-Type", "application/json")], body: Array(json.utf8))
    }

    /// Bytes as they are, for what no client should send.
    public func sendRaw(_ text: String) throws { try stream.send(Array(text.utf8)) }

    /// The next response; its body by its length, in chunks, or to the end of the connection.
    public func receive(withoutBody: Bool = false) throws -> Response {
        var input = Input(stream: stream)
        var lines: [String] = []
        while let line = input.line(), !line.isEmpty { lines.append(line) }
        guard let first = lines.first, let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw TestFailure("no HTTP response") }
        var response = Response(status: status, fields: [], body: [])
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            let value = halves.count > 1 ? halves[1].drop { $0 == " " } : ""
            response.fields.append((halves[0].lowercased(), String(value)))
        }
        if withoutBody || status == 204 || status == 304 { return response }
        if response["transfer-encoding"] == "chunked" {
            while let line = input.line(), let count = Int(line.prefix { $0 != ";" }, radix: 16), count > 0 {
                response.body += input.bytes(count)
                _ = input.line()
            }
            _ = input.line()
        } else {
            response.body = input.bytes(response["content-length"].flatMap { Int($0) } ?? 0)
        }
        return response
    }

    /// Whether the other end has closed.
    public var isClosed: Bool { stream.receive()?.isEmpty ?? false }

    private struct Input {
        let stream: any Stream
        var buffer: [UInt8] = []

        mutating func fill() -> Bool {
            guard let more = stream.receive(), !more.isEmpty else { return false }
            buffer += more
            return true
        }

        mutating func line() -> String? {
            while true {
                if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = buffer[..<end].filter { $0 != UInt8(ascii: "\r") }
                    buffer.removeSubrange(...end)
                    return String(decoding: line, as: UTF8.self)
                }
                guard fill() else { return nil }
            }
        }

        mutating func bytes(_ count: Int) -> [UInt8] {
            while buffer.count < count, fill() {}
            let taken = Array(buffer.prefix(count))
            buffer.removeFirst(taken.count)
            return taken
        }
    }
}

extension TestSocket: TestHTTP.Stream {}
