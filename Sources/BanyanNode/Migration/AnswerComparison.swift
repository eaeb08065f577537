import HandleProtocol

/// What two servers answer to the same request, as a client sees it. Who is the primary, serials, times of expiration
/// and signatures are each server's own and are not compared.
struct AnswerComparison {
    /// How they differ, in words without any value's data; nil: not at all.
    var difference: String?
    /// The newest timestamp of a value that we answered, in seconds since 1970.
    var newestHere: UInt32 = 0

    init(ours: [UInt8], theirs: [UInt8]) {
        guard let own = Self.parse(ours), let other = Self.parse(theirs) else {
            difference = "an answer is malformed"
            return
        }
        if case .values(let answer) = own.1.body { newestHere = answer.values.map(\.timestamp).max() ?? 0 }
        let (here, there) = (own.0.header.responseCode.rawValue, other.0.header.responseCode.rawValue)
        guard here == there else {
            difference = "code \(here) here, \(there) there"
            return
        }
        switch (own.1.body, other.1.body) {
        case (.values(let here), .values(let there)):
            difference = here.handle == there.handle ? Self.compare(here.values, there.values) : "the name differs"
        case (.referral(let here), .referral(let there)):
            difference =
                here.handle == there.handle
                ? Self.compare(here.values ?? [], there.values ?? []) : "the referral differs"
        default: difference = nil
        }
    }

    private static func parse(_ bytes: [UInt8]) -> (Message, Answer)? {
        guard var message = try? Message(parsing: bytes.rawSpan) else { return nil }
        message.envelope.flags.remove(.truncated)
        let digest = message.header.flags.contains(.requestDigest)
        guard let answer = try? Answer(parsing: message, digestAsked: digest) else { return nil }
        return (message, answer)
    }

    /// How values differ, by their indexes; nil: not at all.
    static func compare(_ here: [HandleValue], _ there: [HandleValue]) -> String? {
        guard here != there else { return nil }
        var words: [String] = []
        for value in here where !there.contains(where: { $0.index == value.index }) {
            words.append("value \(value.index) only here")
        }
        for value in there {
            guard let own = here.first(where: { $0.index == value.index }) else {
                words.append("value \(value.index) only there")
                continue
            }
            if own != value { words.append("value \(value.index): " + fields(own, value)) }
        }
        if words.isEmpty { return "the values' order differs" }
        return words.prefix(8).joined(separator: "; ") + (words.count > 8 ? "; \(words.count - 8) more" : "")
    }

    private static func fields(_ here: HandleValue, _ there: HandleValue) -> String {
        var names: [String] = []
        if here.type != there.type { names.append("type") }
        if here.data != there.data { names.append("data") }
        if here.timeToLive != there.timeToLive { names.append("ttl") }
        if here.permissions != there.permissions { names.append("permissions") }
        if here.timestamp != there.timestamp { names.append("timestamp") }
        if here.references != there.references { names.append("references") }
        return names.joined(separator: ", ") + (names.count == 1 ? " differs" : " differ")
    }
}
