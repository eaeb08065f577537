import BanyanResolver
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Malformed requests (RFC 3652 §2.2)")
struct MalformedRequestTests {
    /// What becomes of the recorded requests whose recorded answers are not copied. Names without their transport.
    static let expected: [String: (datagram: Outcome, stream: Outcome)] = [
        "empty": (.drop, .drop),
        "short-envelope": (.drop, .drop),
        "opcode-0": (.drop, .replyAndClose),
        "response-as-request": (.drop, .replyAndClose),
        "error-response-as-request": (.drop, .replyAndClose),
        "random-bytes": (.drop, .replyAndClose),
        "length-negative": (.replyAndClose, .replyAndClose),
        "length-too-big": (.replyAndClose, .replyAndClose),
        "length-23": (.replyAndClose, .replyAndClose),
        "envelope-only-length-0": (.replyAndClose, .replyAndClose),
        "length-more-than-sent": (.replyAndClose, .replyAndClose),
        "length-less-than-sent": (.replyAndDistrust, .replyAndDistrust),
        "handle-length-negative": (.reply, .reply),
        "handle-length-huge": (.reply, .reply),
        "handle-length-past-end": (.reply, .reply),
        "index-count-huge": (.reply, .reply),
        "type-count-negative": (.reply, .reply),
        "body-short": (.reply, .reply),
        "body-length-negative": (.replyAndDistrust, .replyAndDistrust),
        "body-length-too-long": (.replyAndDistrust, .replyAndDistrust),
        "body-length-zero": (.reply, .reply),
        "credential-negative": (.reply, .reply),
        "credential-too-long": (.reply, .reply),
    ]

    @Test("a protocol error names field and offset, keeps the client's number and operation, and no more")
    func protocolErrors() throws {
        var node = try DatasetNode()
        for vector in try Vectors.load("malformed") {
            let name = vector.name.replacing("-udp", with: "").replacing("-tcp", with: "")
            guard let expected = Self.expected[name] else { continue }
            let isStream = vector.transport == "tcp"
            let (outcome, response) = try node.answer(vector.request, over: isStream ? .stream : .datagram)
            #expect(outcome == (isStream ? expected.stream : expected.datagram), "\(vector)")
            guard outcome != .drop else {
                #expect(response.isEmpty, "\(vector)")
                continue
            }
            let message = try Message(parsing: response.span.bytes)
            #expect(message.header.responseCode == .protocolError, "\(vector)")
            #expect(message.header.flags == [.authoritative, .recursive], "\(vector)")
            #expect(Array(vector.request[8..<12]) == Array(response[8..<12]), "\(vector)")
            if vector.request.count >= 24 {
                #expect(Array(vector.request[20..<24]) == Array(response[20..<24]), "\(vector)")
            }
            let text = String(decoding: message.body.dropFirst(4), as: UTF8.self)
            #expect(text.contains(" at byte "), "\(vector): \(text)")
        }
    }

    @Test("oddities that clients send are answered as if they were not there")
    func oddities() throws {
        var node = try DatasetNode()
        let names = [
            "trailing-body-bytes", "trailing-message-bytes", "compressed-flag", "reserved-byte", "invalid-utf8-handle",
            "nul-handle",
        ]
        for vector in try Vectors.load("malformed")
        where names.contains(vector.name.replacing("-udp", with: "").replacing("-tcp", with: "")) {
            let (outcome, response) = try node.answer(vector.request)
            #expect(outcome == .reply, "\(vector)")
            #expect(hex(masked(response)) == hex(masked(vector.response)), "\(vector)")
        }
    }

    @Test("no prefix of a request, and no flipped bit, does worse than an error")
    func mutations() throws {
        var node = try DatasetNode()
        let request = try Vectors.load("resolve", name: "by-index-and-type").request
        for count in 0...request.count { _ = try node.answer(Array(request[..<count])) }
        for bit in 0..<request.count * 8 {
            var request = request
            request[bit / 8] ^= 1 << UInt8(bit % 8)
            let (outcome, response) = try node.answer(request, over: .stream)
            switch outcome {
            case .reply, .replyAndClose, .replyAndDistrust:
                #expect(throws: Never.self) { try Message(parsing: response.span.bytes) }
            default:
                #expect(response.isEmpty)
            }
        }
    }

    @Test("what is encrypted is for a session, whatever its bytes look like")
    func encrypted() throws {
        var node = try DatasetNode()
        var generator = SeededGenerator(seed: 11)
        for operation in [0, 1, 2, 200] as [UInt8] {
            let content = [0, 0, 0, operation] + generator.bytes(44...44)
            let request = SealedMessage(
                envelope: Envelope(sessionID: 0x4000_0001, requestID: 7, messageByteCount: 0), ciphertext: content
            ).bytes()
            for transport in [TransportKind.datagram, .stream] {
                let (outcome, response) = try node.answer(request, over: transport)
                #expect(outcome == .handOff(.session))
                #expect(response.isEmpty)
            }
        }
    }

    @Test("an answer that does not fit leaves nothing behind, at any size of the buffer")
    func capacity() throws {
        var node = try DatasetNode()
        let request = try Vectors.load("resolve", name: "all-values-udp").request
        let whole = try node.answer(request).response
        for capacity in 0..<whole.count {
            let (outcome, response) = try node.answer(request, capacity: capacity)
            #expect(outcome == .tooLong)
            #expect(response.isEmpty)
        }
        #expect(try node.answer(request, capacity: whole.count).response == whole)
    }
}
