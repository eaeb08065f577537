import BanyanTestSupport
import HandleProtocol
import Testing

@testable import HandleClient

@Suite("Is this the answer to that request (RFC 3652 §2.2)")
struct AnswerCheckTests {
    /// Requests that are well formed, with the answers of the reference server.
    static let exchanges: [Vector] = ["resolve", "versions", "referral", "site-info", "udp-fragment"].flatMap { file in
        ((try? Vectors.load(file)) ?? []).filter { vector in
            let request = vector.requestPackets.first.flatMap { try? Message(parsing: $0.rawSpan) }
            guard let request, vector.requestPackets.count == 1, !vector.responsePackets.isEmpty else { return false }
            return vector.transport == "udp" && !request.envelope.flags.contains(.truncated)
        }
    }

    private func code(_ message: Message, _ request: Message, at now: UInt32) -> ClientError.Code? {
        do {
            let answer = try Answer(
                parsing: message, digestAsked: request.header.flags.contains(.requestDigest))
            try AnswerCheck.check(message, answer, to: request, at: now)
            return nil
        } catch let error as ClientError {
            return error.code
        } catch {
            return .malformedAnswer
        }
    }

    @Test("the reference server's answers are put together and accepted, and no one else's request's")
    func recorded() throws {
        #expect(AnswerCheckTests.exchanges.count > 90)
        for vector in AnswerCheckTests.exchanges {
            let sent = vector.requestPackets[0]
            let request = try Message(parsing: sent.rawSpan)
            var talk = DatagramConversation(requestID: request.envelope.requestID, timeouts: [1])
            _ = talk.begin()
            var last = DatagramConversation.Action.ignore
            for packet in vector.responsePackets where last == .ignore { last = talk.received(packet.rawSpan) }
            guard case .answered(let bytes) = last else {
                // Some requests are answered under another id, since the reference could not read them.
                let packet = vector.responsePackets[0]
                let envelope = try Envelope(parsing: packet.rawSpan)
                #expect(envelope.requestID != request.envelope.requestID, "\(vector)")
                continue
            }
            let message = try Message(parsing: bytes.rawSpan)
            let expiration = message.header.expiration
            #expect(code(message, request, at: expiration) == nil, "\(vector)")
            #expect(code(message, request, at: expiration + 1) == .expiredAnswer, "\(vector)")
            var other = request
            other.envelope.requestID ^= 1
            #expect(code(message, other, at: expiration) == .answerToAnother, "\(vector)")
            guard request.header.flags.contains(.requestDigest) else { continue }
            other = request
            other.header.siteSerial ^= 1
            #expect(code(message, other, at: expiration) == .requestDigest, "\(vector)")
        }
    }

    @Test("an answer to another operation, and a request, are no answers")
    func otherOperation() throws {
        let request = ClientRequest.resolution(Query(handle: Array("88.1/A".utf8)), at: 1_000)
        var message = Message(
            envelope: request.envelope,
            header: MessageHeader(opCode: .getSiteInfo, responseCode: .success, flags: .usual, expiration: 2_000),
            body: [])
        #expect(code(message, request, at: 1_000) == .answerToAnother)
        message.header.opCode = .resolution
        message.header.responseCode = .request
        message.body = ErrorBody().message ?? []
        #expect(code(message, request, at: 1_000) == .malformedAnswer)
        message.header.opCode = OpCode(rawValue: 0)
        message.header.responseCode = .protocolError
        #expect(code(message, request, at: 1_000) == nil)
    }
}
