public import HandleProtocol

/// Comparing answers, but for what no two runs have alike.
extension RecordedFlow {
    /// Names that the recorded flows made, and that are in lists which were recorded after them.
    private static let madeByFlows = ["/VEC-", "/MINT-", "0.NA/88.100.10", "0.NA/88.100.8", "0.NA/88.100.1.6"]

    /// What differs, in words; nil when nothing does that matters.
    public static func difference(_ live: [Message], _ recorded: [Message], in vector: Vector) throws -> String? {
        if recorded.count > 1 || recorded.first.map({ isList($0) }) == true {
            return try differenceOfLists(live, recorded)
        }
        guard let one = live.first, let other = recorded.first, live.count == 1 else {
            return "\(live.count) messages instead of \(recorded.count)"
        }
        if try repeatable(one) == repeatable(other) { return nil }
        return """
            \(one.header.opCode.rawValue)/\(one.header.responseCode.rawValue) \(one.header.flags) \
            \(one.envelope) \(text(one)) instead of \(other.header.opCode.rawValue)/\
            \(other.header.responseCode.rawValue) \(other.header.flags) \(other.envelope) \(text(other))
            """
    }

    private static func isList(_ message: Message) -> Bool {
        message.header.responseCode == .success
            && [.listHandles, .listHomedPrefixes, .listDerivedPrefixes].contains(message.header.opCode)
    }

    private static func text(_ message: Message) -> String {
        (try? HandleProtocol.Answer(parsing: message)).map { String("\($0.body)".prefix(300)) } ?? "unreadable"
    }

    /// Expiration, challenge and times of values zeroed, a made-up suffix cut off, and the server's figures left out.
    private static func repeatable(_ message: Message) throws -> Message {
        var message = message
        message.header.expiration = 0
        if message.header.responseCode == .authenticationNeeded { message.envelope.sessionID = 0 }
        var answer = try HandleProtocol.Answer(parsing: message)
        switch answer.body {
        case .challenge(var challenge):
            challenge.nonce = []
            answer.body = .challenge(challenge)
        case .values(var body):
            for position in body.values.indices {
                body.values[position].timestamp = 0
                guard body.handle.starts(with: Array("0.SITE/".utf8)) else { continue }
                body.values[position].data.removeAll { (0x30...0x39).contains($0) }
            }
            answer.body = .values(body)
        case .referral(var body):
            body.values = body.values?.map { value in
                var value = value
                value.timestamp = 0
                return value
            }
            answer.body = .referral(body)
        case .created(var body) where message.header.flags.contains(.mint):
            body.handle = Array(body.handle.prefix(body.handle.count - 36))
            answer.body = .created(body)
        default: break
        }
        message.body = answer.bytes()
        return Message(envelope: message.envelope, header: message.header, body: message.body)
    }

    private static func differenceOfLists(_ live: [Message], _ recorded: [Message]) throws -> String? {
        func names(_ messages: [Message]) throws -> [String] {
            try messages.flatMap { message -> [String] in
                guard case .handles(let list) = try HandleProtocol.Answer(parsing: message).body else { return [] }
                return list.handles.map { String(decoding: $0, as: UTF8.self) }
            }
            .filter { name in !madeByFlows.contains { name.contains($0) } }
        }
        guard let one = live.last, let other = recorded.last else { return "no message" }
        guard one.header.flags == other.header.flags, one.header.responseCode == other.header.responseCode,
            one.envelope.sessionID == other.envelope.sessionID, one.header.opCode == other.header.opCode
        else { return "another end: \(one.header) instead of \(other.header)" }
        for message in live.dropLast() {
            guard message.header.flags == one.header.flags.union(.continuous),
                message.envelope.requestID == one.envelope.requestID
            else { return "a page without the flag" }
            guard case .handles(let list) = try HandleProtocol.Answer(parsing: message).body, list.handles.count == 50
            else { return "a page of another size" }
        }
        return try names(live) == names(recorded) ? nil : "other names: \(try names(live).count)"
    }
}
