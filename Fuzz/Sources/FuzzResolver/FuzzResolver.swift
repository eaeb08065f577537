// Whatever a client sends, the resolver answers it, drops it or hands it off. An answer has the question's id, can be
// read, and is the same when it is asked for again; and it is byte for byte what a plain model of the protocol answers.
// The first byte of the input chooses the transport.
import BanyanIndex
import BanyanResolver
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        guard input.byteCount > 0 else { return }
        let request = input.extracting(droppingFirst: 1)
        let transport: TransportKind = input.byte(at: 0) & 1 == 0 ? .datagram : .stream
        let (outcome, response) = node.answer(request, over: transport, capacity: 8_192)
        switch outcome {
        case .reply, .replyAndClose, .replyAndDistrust: check(response, to: request)
        case .tooLong:
            let (again, whole) = node.answer(request, over: transport, capacity: Resolver.largestResponseByteCount)
            require(again != .tooLong, "the largest buffer holds every answer")
            check(whole, to: request)
        case .drop, .handOff: require(response.isEmpty, "silence has no bytes")
        }
        compare(outcome, response, with: SmallNode.model.verdict(on: request.array))
        let again = node.answer(request, over: transport, capacity: 8_192)
        require(again.0 == outcome && again.1 == response, "the same question has the same answer")
    }
}

/// Two ways of answering never differ.
func compare(_ outcome: Outcome, _ response: [UInt8], with verdict: PlainModel.Verdict?) {
    switch verdict {
    case nil: break
    case .challenge: require(outcome == .handOff(.challenge), "the model asks for a proof")
    case .protocolError:
        let code = (try? Message(parsing: response.rawSpan))?.header.responseCode
        require(outcome == .reply && code == .protocolError, "the model cannot read the request")
    case .answer(let expected):
        require(outcome == .tooLong || (outcome == .reply && response == expected), "the model answers otherwise")
    }
}

func check(_ response: [UInt8], to request: RawSpan) {
    guard let question = try? Envelope(parsing: request), let message = try? Message(parsing: response.rawSpan) else {
        require(false, "only requests are answered, with messages")
        return
    }
    require(message.envelope.requestID == question.requestID, "request id")
    require(message.header.responseCode != .request, "response code")
    require(message.bytes() == response, "message")
    let digestAsked = request.bigEndianUInt32(at: 28) & OpFlags.requestDigest.rawValue != 0
    let answers = [true, false].compactMap { try? Answer(parsing: message, digestAsked: $0 && digestAsked) }
    require(!answers.isEmpty, "body")
    require(message.envelope.messageByteCount <= UInt32(Limits.messageByteCount), "length")
}

/// Made when the first input arrives.
nonisolated(unsafe) let node = SmallNode()
