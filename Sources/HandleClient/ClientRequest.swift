public import HandleProtocol

/// Requests as the reference's client makes them: version 2.11, suggesting the same; what it asks of everyone is
/// that they recurse, let caches certify, and show public values only (RFC 3652 §2.2).
public enum ClientRequest {
    /// What a resolution asks beside the query.
    public struct Wishes: Sendable, Equatable {
        /// Ask a primary, past every cache.
        public var authoritative = false
        /// Ask for a signed answer.
        public var certify = false
        /// Only what everyone may read. Without it, a server challenges when a value is for administrators.
        public var publicOnly = true
        /// Ask for a digest of the request in the answer.
        public var requestDigest = false
        /// The serial of the site record that led to the server; 0xFFFF when there was none.
        public var siteSerial: UInt16 = 0xFFFF
        /// What the request is written in: no higher than the site's. The answer may be in 2.11 all the same.
        public var version = ProtocolVersion.current
        /// Referrals followed so far.
        public var recursionCount: UInt8 = 0

        public init() {}

        var flags: OpFlags {
            var flags: OpFlags = [.recursive, .cacheCertify]
            if authoritative { flags.insert(.authoritative) }
            if certify { flags.insert(.certify) }
            if publicOnly { flags.insert(.publicOnly) }
            if requestDigest { flags.insert(.requestDigest) }
            return flags
        }
    }

    /// A resolution (RFC 3652 §3.2.1). `now` in seconds since 1970.
    public static func resolution(_ query: Query, wishes: Wishes = Wishes(), at now: UInt32) -> Message {
        var body = ByteWriter()
        query.write(to: &body)
        return message(.resolution, body.bytes, wishes, now)
    }

    /// A request for the site record of the server that is asked (RFC 3652 §3.3).
    public static func siteInformation(wishes: Wishes = Wishes(), at now: UInt32) -> Message {
        var body = ByteWriter()
        body.write("/")
        return message(.getSiteInfo, body.bytes, wishes, now)
    }

    /// A server's question whether a challenge's answer was made with a secret key that another holds (RFC 3652
    /// §3.5.3).
    public static func verification(_ question: VerifyChallenge) -> Message {
        administration(.verifyChallenge, .verifyChallenge(question), flags: .usual, at: Client.now())
    }

    /// A request of an administrator (RFC 3652 §3.6).
    static func administration(_ opCode: OpCode, _ body: RequestBody, flags: OpFlags, at now: UInt32) -> Message {
        let header = MessageHeader(opCode: opCode, flags: flags, expiration: now &+ MessageHeader.lifetime)
        let envelope = Envelope(version: .current, requestID: requestID(), messageByteCount: 0)
        return Message(envelope: envelope, header: header, body: body.bytes())
    }

    /// The proof that a server's challenge to `request` asks for (RFC 3652 §3.5.2): it names the challenge by its
    /// session, and keeps the flags of the request.
    static func challengeAnswer(_ proof: ChallengeAnswer, to challenge: Message, of request: Message) -> Message {
        var header = request.header
        header.opCode = .challengeAnswer
        var envelope = request.envelope
        envelope.sessionID = challenge.envelope.sessionID
        envelope.requestID = requestID()
        return Message(envelope: envelope, header: header, body: RequestBody.challengeAnswer(proof).bytes())
    }

    private static func message(_ opCode: OpCode, _ body: [UInt8], _ wishes: Wishes, _ now: UInt32) -> Message {
        let header = MessageHeader(
            opCode: opCode, flags: wishes.flags, siteSerial: wishes.siteSerial,
            recursionCount: wishes.recursionCount, expiration: now &+ MessageHeader.lifetime)
        let envelope = Envelope(version: wishes.version, requestID: requestID(), messageByteCount: 0)
        return Message(envelope: envelope, header: header, body: body)
    }

    /// Unguessable: over UDP it is most of what tells our answer from a forged one. Never all ones, which is what
    /// servers answer when they could not read a request.
    private static func requestID() -> UInt32 {
        var random = SystemRandomNumberGenerator()
        return UInt32.random(in: 1..<UInt32(Int32.max), using: &random)
    }
}
