import BanyanTestSupport
import HandleProtocol
import Testing

/// What a recorded exchange holds, cut into messages: from a stream by their lengths, from datagrams by assembly.
enum RecordedMessages {
    static func messages(_ bytes: [UInt8], packets: [[UInt8]]) -> [[UInt8]] {
        if packets.count > 1 {
            var assembly = FragmentAssembly<Int>(
                bounds: {
                    var bounds = FragmentAssembly<Int>.Bounds()
                    bounds.messageByteCount = Limits.messageByteCount
                    return bounds
                }())
            var whole: [[UInt8]] = []
            for packet in packets {
                switch assembly.receive(packet.rawSpan, from: 0, at: 0) {
                case .complete(let message): whole.append(message)
                case .whole: whole.append(packet)
                case .incomplete, .dropped: break
                }
            }
            return whole
        }
        var rest = bytes[...]
        var messages: [[UInt8]] = []
        while rest.count > Envelope.byteCount, let envelope = try? Envelope(parsing: rest.rawSpan) {
            let end = Envelope.byteCount + Int(envelope.messageByteCount)
            guard end < rest.count, envelope.messageByteCount >= 24 else { break }
            messages.append(Array(rest.prefix(end)))
            rest = rest.dropFirst(end)
        }
        return rest.isEmpty ? messages : messages + [Array(rest)]
    }
}

@Suite("Golden exchanges (RFC 3652 §2, §3)")
struct ExchangeVectorTests {
    /// Recorded as read, but by a reader that does not check lengths, or does not know the opcode. We refuse them.
    static let refused: [String] = [
        "length-more-than-sent", "length-less-than-sent", "length-negative", "length-too-big", "credential-negative",
        "credential-too-long", "body-length-negative", "body-length-too-long", "opcode-2000",
        "http-get-on-handle-port",
    ]
    /// Whose `decoded` reads each datagram by itself, or half a message; `FragmentAssemblyTests` has them.
    static let inPieces = ["request-duplicate-packet", "request-missing-packet", "udp-fragment-length-mismatch"]

    static let vectors: [Vector] = (Vectors.exchangeFiles + ["http-rest"]).flatMap { file in
        ((try? Vectors.load(file)) ?? []).filter { !$0.decoded.isNull && !inPieces.contains($0.name) }
    }

    @Test("every request is what was recorded, and written as it was read", arguments: vectors)
    func request(vector: Vector) throws {
        let isRefused = Self.refused.contains { vector.name.hasPrefix($0) }
        let messages =
            isRefused
            ? [vector.request] : RecordedMessages.messages(vector.request, packets: vector.requestPackets)
        try check(
            messages, vector.decoded["request"], plaintext: vector.secrets["request_plaintext_hex"].hex,
            isRefused: isRefused)
    }

    @Test("every answer is what was recorded, and written as it was read", arguments: vectors)
    func answer(vector: Vector) throws {
        try check(
            RecordedMessages.messages(vector.response, packets: vector.responsePackets), vector.decoded["response"],
            plaintext: vector.secrets["response_plaintext_hex"].hex)
        for name in ["resolve", "delete"] {
            guard let bytes = vector.fields[name + "_response_hex"].hex else { continue }
            try check([bytes], vector.decoded[name], plaintext: nil)
        }
    }

    private func check(
        _ messages: [[UInt8]], _ decoded: JSONTree, plaintext: [UInt8]?, isRefused: Bool = false
    ) throws {
        guard !decoded.isNull else { return }
        let expected = decoded.array ?? [decoded]
        if messages.isEmpty {
            #expect(!decoded["undecodable"].isNull)
            return
        }
        try #require(messages.count == expected.count)
        for (bytes, tree) in zip(messages, expected) {
            let isUndecodable = !tree["undecodable"].isNull || !tree["body"]["undecodable"].isNull
            if isRefused || isUndecodable {
                #expect(throws: WireError.self) { try read(bytes, plaintext) }
            } else {
                let (ours, written) = try read(bytes, plaintext)
                #expect(MessageTree.differences(ours, tree) == [])
                #expect(written == bytes)
            }
        }
    }

    /// The tree of the message, and the message written again from its parsed parts.
    private func read(_ bytes: [UInt8], _ plaintext: [UInt8]?) throws -> (JSONTree, [UInt8]) {
        let envelope = try Envelope(parsing: bytes.rawSpan)
        var members = ["envelope": MessageTree.tree(envelope)]
        guard envelope.flags.contains(.encrypted) else {
            var message = try Message(parsing: bytes.rawSpan)
            try add(&message, to: &members)
            return (.object(members), message.bytes())
        }
        let sealed = try SealedMessage(parsing: bytes.rawSpan)
        if let plaintext {
            var message = try Message(envelope: envelope, content: plaintext.rawSpan)
            try add(&message, to: &members)
            #expect(message.content() == plaintext)
        }
        return (.object(members), sealed.bytes())
    }

    /// Adds what `decoded` says of the message, and puts body and credential back as their parsed forms write them.
    private func add(_ message: inout Message, to members: inout [String: JSONTree]) throws {
        members["header"] = MessageTree.tree(message.header)
        if message.header.responseCode == .request {
            let body = try RequestBody(parsing: message)
            members["body"] = try MessageTree.tree(body)
            message.body = body.bytes()
        } else {
            let answer = try Answer(parsing: message)
            members["body"] = try MessageTree.tree(answer)
            message.body = answer.bytes()
        }
        guard case .bytes(let bytes) = message.credential else { return }
        members["credentialLength"] = .integer(Int64(bytes.count))
        guard !bytes.isEmpty else { return }
        do {
            if let credential = try message.credential.parsed() {
                members["credential"] = MessageTree.tree(credential)
                message.credential = CredentialField(credential)
            }
        } catch {
            members["credential"] = .object(["undecodable": .null])
        }
    }
}
