import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Challenges (RFC 3652 §3.5)")
struct ChallengeTests {
    /// The challenge without what was drawn for it.
    private func withoutRandomness(_ message: Message, nonceByteCount: Int = 16) throws -> Message {
        var message = message.comparable
        message.envelope.sessionID = 0
        var answer = try Answer(parsing: message)
        guard case .challenge(var challenge) = answer.body else {
            throw WireError(.malformed, field: "body", offset: 0)
        }
        #expect(challenge.nonce.count == nonceByteCount)
        challenge.nonce = [UInt8](repeating: 0, count: challenge.nonce.count)
        answer.body = .challenge(challenge)
        message.body = answer.bytes()
        return message
    }

    @Test("every challenge to a resolution that was recorded is sent, in every version")
    func recordings() throws {
        let node = try ServiceOverDataset.get()
        var count = 0
        var names: Set<UInt32> = []
        for file in ["resolve", "versions", "admin"] {
            for vector in try Vectors.load(file) where !vector.response.isEmpty {
                let recorded = try Message(recorded: vector)
                guard recorded.header.responseCode == .authenticationNeeded, recorded.header.opCode == .resolution
                else { continue }
                let transport: TransportKind = vector.transport == "tcp" ? .stream : .datagram
                // A port for each, since the same datagram twice gets the same challenge.
                let port = UInt16(41_000 + count)
                let peer = Peer(addressHigh: 0, addressLow: 0xFFFF_7F00_0001, port: port)
                let answer = try #require(
                    try node.answer(vector.request, over: transport, from: peer), "\(vector)")
                #expect(try withoutRandomness(answer) == withoutRandomness(recorded), "\(vector)")
                #expect((0x4000_0000...0x7FFF_FFFF).contains(answer.envelope.sessionID))
                names.insert(answer.envelope.sessionID)
                count += 1
            }
        }
        #expect(count >= 6)
        #expect(names.count == count)
    }

    @Test("an answer without a challenge, or with an unknown number, is refused as recorded")
    func strayAnswers() throws {
        let node = try ServiceOverDataset.get()
        for name in ["challenge-answer-without-challenge-udp", "challenge-answer-without-challenge-tcp"] {
            let vector = try Vectors.load("malformed", name: name)
            let answer = try #require(try node.answer(vector.request))
            #expect(try answer.comparable == Message(recorded: vector).comparable, "\(vector)")
        }
        let vector = try Vectors.load("admin", name: "auth-bad-session/2")
        let answer = try #require(try node.answer(vector.request))
        #expect(try answer.comparable == Message(recorded: vector).comparable)
    }

    @Test("a challenge may be answered once")
    func once() throws {
        let node = try ServiceOverDataset.get()
        let vector = try Vectors.load("resolve", name: "status-handle")
        let challenge = try #require(try node.answer(vector.request))
        var request = try Message(parsing: Vectors.load("admin", name: "status-handle/2").request.rawSpan)
        request.envelope.sessionID = challenge.envelope.sessionID
        let first = try #require(try node.answer(request.bytes()))
        #expect(first.header.responseCode != .sessionTimeout)
        let second = try #require(try node.answer(request.bytes()))
        #expect(second.header.responseCode == .sessionTimeout)
    }
}
