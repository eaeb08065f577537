import BanyanTestSupport
import HandleProtocol

/// A request of the plainest kind, and what comes back.
struct Question {
    var handle: String
    var requestID: UInt32 = 0x0100_0001

    /// Version 2.11, publicly readable values, keep the connection (RFC 3652 §3.2).
    var bytes: [UInt8] {
        var body = ByteWriter()
        body.write(handle)
        body.write(0 as UInt32)
        body.write(0 as UInt32)
        var message = ByteWriter()
        let envelope = Envelope(
            version: .current, flags: [], sessionID: 0, requestID: requestID, sequence: 0,
            messageByteCount: UInt32(24 + body.byteCount + 4))
        envelope.write(to: &message)
        for word: UInt32 in [1, 0, 0x1B00_0000, 0xFFFF_0000, 0, UInt32(body.byteCount)] { message.write(word) }
        message.write(raw: body.bytes)
        message.write(0 as UInt32)
        return message.bytes
    }

    /// The response code by datagram; nil when no answer comes.
    func code(overUDP node: TestNode) throws -> UInt32? {
        let socket = try TestSocket.datagram(to: node.udpPort)
        try socket.send(bytes)
        return Self.code(of: socket.receiveFragments().first ?? [], requestID)
    }

    /// The response code over a stream; nil when no answer comes.
    func code(overTCP node: TestNode) throws -> UInt32? {
        let socket = try TestSocket.stream(to: node.tcpPort)
        try socket.send(bytes)
        return Self.code(of: socket.readMessage(), requestID)
    }

    private static func code(of answer: [UInt8], _ requestID: UInt32) -> UInt32? {
        guard answer.count >= 44, answer.rawSpan.bigEndianUInt32(at: 8) == requestID else { return nil }
        return answer.rawSpan.bigEndianUInt32(at: 24)
    }
}

/// A directory with a node in it, for one test.
struct MadeNode {
    let folder: TemporaryFolder
    var directory: String { folder.path + "/data" }

    init(_ arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        let result = try TestProgram.run(
            ["init", "--data", folder.path + "/data", "--prefix", "88.118.8", "--advertise", "192.0.2.7:2641"]
                + arguments)
        guard result.status == 0 else { throw TestFailure("init ended with \(result.status): \(result.error)") }
    }

    func run(_ verb: String..., input: [UInt8] = []) throws -> TestProgram.Result {
        try TestProgram.run([verb[0], "--data", directory] + verb.dropFirst(), input: input)
    }

    func serve(_ arguments: String...) throws -> TestNode { try TestNode(directory: directory, in: folder, arguments) }
}
