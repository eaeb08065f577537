import BanyanTestSupport
import HandleProtocol
import Testing

/// One vector and the node that it is sent to.
struct Exchange {
    let vector: Vector
    let running: RunningNode

    init(_ vector: Vector, with running: RunningNode) {
        self.vector = vector
        self.running = running
    }

    func check() throws {
        switch vector.transport {
        case "udp": try checkDatagrams()
        case "tcp": try checkStream()
        default: break
        }
    }

    // MARK: Datagrams

    private func checkDatagrams() throws {
        let socket = try TestSocket.datagram(to: running.node.udpPort)
        for packet in vector.requestPackets { try socket.send(packet) }
        let expectation = Expectation(of: vector)
        guard expectation != .silence, !(expectation == .recorded && vector.response.isEmpty) else {
            // What is answered next is the question asked next.
            let probe = try Vectors.load("site-info", name: "site-info-udp")
            try socket.send(probe.request)
            let answer = Answer(packets: socket.receiveFragments())
            #expect(answer.comparable == Answer(packets: probe.responsePackets).comparable, "not silent")
            return
        }
        try check(Answer(packets: socket.receiveFragments()), expectation)
    }

    // MARK: Streams

    private func checkStream() throws {
        let expectation = Expectation(of: vector)
        if vector.name.hasPrefix("two-requests") {
            try checkTwoRequests()
            return
        }
        let socket = try TestSocket.stream(to: running.node.tcpPort)
        if vector.name == "byte-by-byte" {
            for byte in vector.request { try socket.send([byte]) }
        } else {
            try socket.send(vector.request)
        }
        // A request that is not whole gets its answer when nothing more can come.
        if vector.name.contains("half-close") || vector.file == "malformed" { socket.closeWriting() }
        let answer = socket.readMessage()
        if expectation == .closeSilently {
            #expect(answer.isEmpty, "not silent: \(hex(answer))")
            return
        }
        try check(Answer(packets: [answer]), expectation)
        if expectation == .protocolErrorAndClose { #expect(socket.receive() == [], "the stream goes on") }
    }

    /// Both are answered, whatever the flag says, and with it the connection takes a third.
    private func checkTwoRequests() throws {
        let socket = try TestSocket.stream(to: running.node.tcpPort)
        try socket.send(vector.request)
        let recorded = Answer(packets: vector.responsePackets)
        let answers = [socket.readMessage(), socket.readMessage()].map { Answer(packets: [$0]) }
        let first = answers.first { $0.message.requestID == recorded.message.requestID }
        #expect(first?.comparable == recorded.comparable)
        let second = AnswerMessage(envelope: vector.requestPackets[1], content: [])
        #expect(answers.contains { $0.message.requestID == second.requestID && $0.message.code == 1 })
        guard vector.name == "two-requests-keepalive-flag" else { return }
        try socket.send(vector.requestPackets[0])
        #expect(Answer(packets: [socket.readMessage()]).comparable == recorded.comparable)
    }

    /// The answer over a connection of its own.
    func streamAnswer() throws -> [UInt8] {
        let socket = try TestSocket.stream(to: running.node.tcpPort)
        try socket.send(vector.request)
        return socket.readMessage()
    }

    // MARK: Expectations

    private func check(_ answer: Answer, _ expectation: Expectation) throws {
        switch expectation {
        case .silence, .closeSilently: break
        case .recorded: checkSame(answer, as: Answer(packets: expectedPackets))
        case .answeredLike(let name):
            let other = try Vectors.load(vector.file, name: name)
            let packets = other.responsePackets.map { packet in
                packet[..<8] + vector.requestPackets[0][8..<12] + packet[12...]
            }
            checkSame(answer, as: Answer(packets: packets.map { Array($0) }))
        case .protocolError, .protocolErrorAndClose: checkError(answer.message, code: 4)
        case .notSupported: checkError(answer.message, code: 5)
        case .recordedTextUnderOwnID:
            let recorded = Answer(packets: vector.responsePackets).message
            checkError(answer.message, code: recorded.code)
            #expect(answer.message.text == recorded.text)
        case .notResponsible:
            let usual = try Vectors.load("referral", name: "referral-other-site").response
            let expected = AnswerMessage(envelope: Array(usual[..<20]), content: Array(usual[20...]))
            #expect(answer.message.code == 301)
            #expect(answer.message.text == expected.text)
        }
    }

    /// The site record of the second server holds a key of ours.
    private var expectedPackets: [[UInt8]] {
        guard vector.name == "hash-site" else { return vector.responsePackets }
        let recorded = Answer(packets: vector.responsePackets).message
        var content = Array(recorded.content[..<20])
        var writer = ByteWriter()
        writer.write(UInt32(running.siteRecord.count))
        content += writer.bytes + running.siteRecord + [0, 0, 0, 0]
        var length = ByteWriter()
        length.write(UInt32(content.count))
        return stride(from: 0, to: content.count, by: 492).enumerated().map { sequence, start in
            recorded.envelope[..<15] + [UInt8(sequence)] + length.bytes
                + content[start..<min(start + 492, content.count)]
        }.map { Array($0) }
    }

    private func checkSame(_ answer: Answer, as recorded: Answer) {
        let (one, other) = (answer.comparable, recorded.comparable)
        #expect(one.count == other.count, "\(one.count) packets instead of \(other.count)")
        for (position, (packet, expected)) in zip(one, other).enumerated() where packet != expected {
            let offset = zip(packet, expected).enumerated().first { $1.0 != $1.1 }?.offset
            Issue.record(
                """
                packet \(position) differs at byte \(offset ?? min(packet.count, expected.count)):
                \(hex(packet.prefix(400)))
                \(hex(expected.prefix(400)))
                """)
        }
        #expect(answer.message.isSigned == recorded.message.isSigned)
        if answer.message.isSigned { #expect(answer.message.isSignatureValid(by: running.serverKey)) }
    }

    /// One message in the negotiated version, under the request's own id, with flags AUTH and RECU and a text.
    private func checkError(_ answer: AnswerMessage, code: UInt32) {
        let request = AnswerMessage(
            envelope: Array(vector.request.prefix(20)), content: Array(vector.request.dropFirst(20)))
        #expect(answer.code == code)
        #expect(answer.version == .negotiated(message: request.version, suggested: request.suggested))
        #expect(answer.suggested == .current)
        #expect(answer.requestID == request.requestID)
        #expect(answer.opCode == request.opCode || request.content.count < 4)
        #expect(answer.flags & ~0x4980_0000 == 0x9000_0000)
        #expect(answer.siteSerial == 1)
        #expect(answer.recursionCount == 0)
        #expect(answer.text?.isEmpty == false)
    }
}
