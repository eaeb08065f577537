import BanyanIndex
import BanyanResolver
import HandleProtocol
import Synchronization

/// What the resolver answers when it need not care for signatures and sessions.
final class PlainResolution: Sendable {
    private let faults: FaultLog
    private let counted = Mutex(ResolverCounters())

    init(faults: FaultLog) { self.faults = faults }

    /// The outcome, and the unsigned answer.
    ///
    /// A resolution in a session is for others, unless it is one that asks for nothing but what everyone may read;
    /// what some clients put there that is no number of a session (0, or a negative one) is not looked at. Whatever
    /// stands there comes back.
    func answer(
        _ bytes: [UInt8], in conversation: Conversation, over transport: TransportKind,
        from snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> (Outcome, [UInt8]) {
        var resolver = Resolver(handsOffSignatures: false)
        var plain = bytes
        let sessionID = bytes.rawSpan.bigEndianUInt32(at: 4)
        let flags = OpFlags(rawValue: bytes.rawSpan.bigEndianUInt32(at: 28))
        let isNoSession =
            conversation.isNumbered
            ? flags.contains(.publicOnly) : conversation.isBound || Int32(bitPattern: sessionID) <= 0
        if isNoSession, plain.count >= Envelope.byteCount { plain.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }
        var outcome = Outcome.drop
        var answer = [UInt8](byteCapacity: Resolver.largestResponseByteCount) { output in
            outcome = resolver.answer(plain.rawSpan, over: transport, from: snapshot, at: now.seconds, into: &output)
        }
        if isNoSession, answer.count >= Envelope.byteCount { answer.replaceSubrange(4..<8, with: bytes[4..<8]) }
        if let key = resolver.takeDamagedKey() {
            let name = String(decoding: key.prefix(256), as: UTF8.self)
            faults.report("a record cannot be read", ["key": "\(name)"])
        }
        let counters = resolver.takeCounters()
        counted.withLock { $0 += counters }
        return (outcome, answer)
    }

    /// What was counted since the last call.
    func takeCounters() -> ResolverCounters {
        counted.withLock { counters in
            defer { counters = ResolverCounters() }
            return counters
        }
    }
}
