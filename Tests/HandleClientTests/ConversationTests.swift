import HandleProtocol
import Testing

@testable import HandleClient

@Suite("One request over UDP, event by event (RFC 3652 §2.3)")
struct DatagramConversationTests {
    private func answer(requestID: UInt32, byteCount: Int) -> [UInt8] {
        let header = MessageHeader(opCode: .resolution, responseCode: .success, flags: .usual, expiration: 0)
        let envelope = Envelope(requestID: requestID, messageByteCount: 0)
        let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
        return Message(envelope: envelope, header: header, body: body).bytes()
    }

    private func receive(_ datagram: [UInt8], _ talk: inout DatagramConversation) -> DatagramConversation.Action {
        talk.received(datagram.rawSpan)
    }

    @Test("it is sent again after each time-out, then given up")
    func retries() {
        var talk = DatagramConversation(requestID: 1, timeouts: [500, 1_000, 1_500])
        let actions = [talk.begin(), talk.timedOut(), talk.timedOut(), talk.timedOut(), talk.timedOut()]
        #expect(
            actions == [
                .send(timeout: 500), .send(timeout: 1_000), .send(timeout: 1_500), .giveUp(.timedOut), .ignore,
            ])
    }

    @Test("an answer ends it; what comes later changes nothing")
    func answered() {
        var talk = DatagramConversation(requestID: 7, timeouts: [500])
        _ = talk.begin()
        let bytes = answer(requestID: 7, byteCount: 10)
        let actions = [receive(bytes, &talk), receive(bytes, &talk), talk.timedOut(), talk.refused()]
        #expect(actions == [.answered(bytes), .ignore, .ignore, .ignore])
    }

    @Test("another request's answer, and what is no answer, are passed over")
    func strangers() {
        var talk = DatagramConversation(requestID: 7, timeouts: [500])
        _ = talk.begin()
        let right = answer(requestID: 7, byteCount: 10)
        for other in [answer(requestID: 8, byteCount: 10), [], Array(right.dropLast()), right + [0]] {
            let action = receive(other, &talk)
            #expect(action == .ignore)
        }
        let action = receive(right, &talk)
        #expect(action == .answered(right))
    }

    @Test("pieces in any order, repeated, make the whole", arguments: 0..<6)
    func pieces(turn: Int) {
        var talk = DatagramConversation(requestID: 7, timeouts: [500])
        _ = talk.begin()
        let whole = answer(requestID: 7, byteCount: 2_500)
        var pieces = ScriptedServer.pieces(whole)
        #expect(pieces.count == 6)
        pieces = Array(pieces[turn...] + pieces[..<turn])
        for piece in pieces.dropLast() {
            let actions = [receive(piece, &talk), receive(piece, &talk)]
            #expect(actions == [.ignore, .ignore])
        }
        guard case .answered(let bytes) = receive(pieces[5], &talk),
            let message = try? Message(parsing: bytes.rawSpan)
        else {
            Issue.record("not answered")
            return
        }
        #expect(message.body == (0..<2_500).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test("a refusal by the network ends it")
    func refused() {
        var talk = DatagramConversation(requestID: 7, timeouts: [500, 1_000])
        _ = talk.begin()
        let actions = [talk.refused(), talk.timedOut()]
        #expect(actions == [.giveUp(.refused), .ignore])
    }
}

@Suite("One request over TCP, event by event (RFC 3652 §2.3)")
struct StreamConversationTests {
    private let whole = Message(
        envelope: Envelope(requestID: 7, messageByteCount: 0),
        header: MessageHeader(opCode: .resolution, responseCode: .success, flags: .usual, expiration: 0),
        body: [1, 2, 3]
    ).bytes()

    @Test("any split gives the same answer")
    func splits() {
        for cut in 0...whole.count {
            var talk = StreamConversation()
            let first = Array(whole[..<cut])
            let second = Array(whole[cut...])
            var actions = [talk.received(first.rawSpan)]
            actions.append(talk.received(second.rawSpan))
            #expect(actions.contains(.answered(whole)), "cut at \(cut)")
        }
    }

    @Test("one byte at a time")
    func bytes() {
        var talk = StreamConversation()
        var last = StreamConversation.Action.wait
        for (place, byte) in whole.enumerated() {
            let piece = [byte]
            last = talk.received(piece.rawSpan)
            #expect((last == .wait) == (place < whole.count - 1))
        }
        #expect(last == .answered(whole))
    }

    @Test("a connection that ends early is told from one that gave its answer")
    func early() {
        var cutOff = StreamConversation()
        let first = Array(whole.dropLast())
        let actions = [cutOff.received(first.rawSpan), cutOff.closed()]
        #expect(actions == [.wait, .giveUp(.closed)])
        var complete = StreamConversation()
        let both = [complete.received(whole.rawSpan), complete.closed()]
        #expect(both == [.answered(whole), .wait])
    }

    @Test("a length beyond the protocol's is refused before it is waited for")
    func length() {
        var bytes = whole
        bytes[16] = 0x80
        var talk = StreamConversation()
        let action = talk.received(bytes.rawSpan)
        #expect(action == .giveUp(.malformedAnswer))
    }
}
