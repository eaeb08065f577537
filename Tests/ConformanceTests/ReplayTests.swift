import BanyanTestSupport
import HandleProtocol
import Testing

/// The recorded exchanges of the reference server, sent to the real binary over real sockets. The answers are the
/// same bytes, but for what no second run can repeat and the deliberate differences of `Expectation`.
@Suite("Recorded exchanges (RFC 3652)")
struct ReplayTests {
    private static func vectors(_ files: String...) -> [Vector] {
        files.flatMap { (try? Vectors.load($0)) ?? [] }.filter { !$0.requestPackets.isEmpty }
    }

    @Test(
        "each request gets the recorded answer",
        arguments: vectors(
            "resolve", "versions", "referral", "site-info", "udp-fragment", "tcp-framing", "malformed"))
    func replay(vector: Vector) throws {
        try Exchange(vector, with: ReferenceNode.recorded.get()).check()
    }

    @Test("the recorded signatures hold, so that ours are checked by the same rule", arguments: vectors("versions"))
    func recordedSignatures(vector: Vector) throws {
        let message = Answer(packets: vector.responsePackets).message
        guard message.isSigned else { return }
        let site = try #require(try Vectors.load("dataset")[0].fields["siteinfo_hex"].hex)
        #expect(message.isSignatureValid(by: try RunningNode.key(in: site, position: 0)))
        let damaged = AnswerMessage(envelope: message.envelope, content: [1] + message.content.dropFirst())
        #expect(!damaged.isSignatureValid(by: try RunningNode.key(in: site, position: 0)))
    }

    @Test("a server of several answers for its own handles", arguments: vectors("multi-server"))
    func replayOfTwoServers(vector: Vector) throws {
        try Exchange(vector, with: ReferenceNode.ofTwoServers.get()).check()
    }

    @Test(
        "the reference's own tools get the recorded answers to what they resolve",
        arguments: vectors("real-clients").filter { isQuestion($0) })
    func replayOfTools(vector: Vector) throws {
        try Exchange(vector, with: ReferenceNode.recorded.get()).check()
    }

    @Test(
        "the Chinese clients are answered in a form that they take",
        arguments: vectors("idis-caict-sdk", "idis-pointer-sdk", "idis-python-client").filter { isQuestion($0) })
    func replayOfChineseClients(vector: Vector) throws {
        let running = try ReferenceNode.ofChineseClients.get()
        let request = AnswerMessage(
            envelope: Array(vector.request[..<20]), content: Array(vector.request[20...]))
        let answer = Answer(packets: [try Exchange(vector, with: running).streamAnswer()]).message
        #expect(answer.requestID == request.requestID)
        #expect(answer.opCode == request.opCode)
        #expect(answer.envelope.rawSpan.bigEndianUInt32(at: 4) == request.envelope.rawSpan.bigEndianUInt32(at: 4))
        #expect(answer.version == .negotiated(message: request.version, suggested: request.suggested))
        // They refuse an answer whose expiration has passed, and one without signature when they asked for it.
        #expect(answer.content.rawSpan.bigEndianUInt32(at: 16) > 1_700_000_000)
        #expect(answer.isSigned == (request.flags & 0x4000_0000 != 0))
        if answer.isSigned { #expect(answer.isSignatureValid(by: running.serverKey)) }
        if request.opCode == 2 {
            #expect(answer.body == running.siteRecord)
        } else {
            var reader = ByteReader(request.body.rawSpan)
            let handle = String(decoding: try reader.readBytes("handle").array, as: UTF8.self)
            #expect(answer.code == Self.code(of: handle))
        }
    }

    /// What the node of the Chinese clients' prefix holds: two handles and the prefix's own record.
    private static func code(of handle: String) -> UInt32 {
        switch handle.lowercased() {
        case "88.118.8/sn-0001", "88.118.8/产品-一", "0.na/88.118.8", "88.118.8": 1
        case _ where handle.hasPrefix("88.118.8/"): 100
        default: 301
        }
    }

    /// Whether the request is a resolution or asks for site information, in the clear.
    private static func isQuestion(_ vector: Vector) -> Bool {
        guard vector.request.count >= 44 || !vector.requestPackets.isEmpty else { return false }
        guard let packet = vector.requestPackets.first, packet.count >= 44, packet[2] & 0x40 == 0 else { return false }
        return [1, 2].contains(packet.rawSpan.bigEndianUInt32(at: 20))
    }
}
