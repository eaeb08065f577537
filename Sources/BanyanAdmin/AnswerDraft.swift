import BanyanIndex
import HandleCrypto
import HandleProtocol

/// How answers to one request look: version, flags, codes and request digest (RFC 3652 §2.2).
struct AnswerDraft: Sendable {
    /// Whose operation the answer names, with its flags and its session.
    let request: Message
    /// The message that is answered, by its request number: the request, or the answer to the challenge that the
    /// request got (RFC 3652 §3.5.2).
    let carrier: Message
    let site: SiteSummary
    /// Seconds since 1970.
    let now: UInt32

    init(request: Message, carrier: Message? = nil, site: SiteSummary, now: UInt32) {
        self.request = request
        self.carrier = carrier ?? request
        self.site = site
        self.now = now
    }

    /// The version of the answer.
    var version: ProtocolVersion {
        ProtocolVersion.negotiated(message: carrier.envelope.version, suggested: carrier.envelope.suggested)
    }

    /// What the answer repeats; a signature may be asked for by either message.
    private var echoedFlags: OpFlags {
        request.header.flags.intersection(.echoed).union(carrier.header.flags.intersection([.certify, .encrypt]))
    }

    private var wantsDigest: Bool {
        request.header.flags.union(carrier.header.flags).contains(.requestDigest)
    }

    /// An answer to a request that was understood.
    ///
    ///  1. AUTH says whether we are a primary, RECU is always set; CERT, CACR, ENCR, PUBL and DNRF are echoed.
    ///  2. A digest of the request stands in front of the body where it was asked for, and in every challenge; below
    ///     2.1 no flag tells of it, and a challenge has it inside.
    ///  3. Codes that a version does not know are replaced by those that it does.
    ///
    /// - Parameter telling: more flags, of what was done.
    func answer(
        _ code: ResponseCode, _ body: AnswerBody, telling: OpFlags = [], sessionID: UInt32? = nil
    ) -> Message {
        var flags = echoedFlags.union(.recursive).union(telling)
        if site.isPrimary { flags.insert(.authoritative) }
        var digest: RequestDigest?
        if wantsDigest || code == .authenticationNeeded {
            if version.hasFeatures(of2: 1) {
                flags.insert(.requestDigest)
                digest = RequestDigest(of: carrier.signedBytes(), for: version)
            } else if code != .authenticationNeeded {
                digest = .unflagged(RequestDigest(of: carrier.signedBytes(), kind: .md5).bytes)
            }
        }
        return message(
            code.known(to: version), flags: flags, recursionCount: request.header.recursionCount,
            body: Answer(digest: digest, body).bytes(), sessionID: sessionID)
    }

    /// An answer with a text for people.
    func answer(_ code: ResponseCode, _ text: String = "") -> Message {
        answer(code, .error(ErrorBody(message: text)))
    }

    func answer(_ refusal: Refusal) -> Message { answer(refusal.code, refusal.body) }

    /// An answer to a request that was not looked into: nothing is echoed but request number, session and operation.
    func refusal(_ code: ResponseCode, _ text: String) -> Message {
        message(
            code.known(to: version), flags: site.isPrimary ? [.authoritative, .recursive] : [.recursive],
            recursionCount: 0, body: Answer(.error(ErrorBody(message: text))).bytes(), sessionID: nil)
    }

    private func message(
        _ code: ResponseCode, flags: OpFlags, recursionCount: UInt8, body: [UInt8], sessionID: UInt32?
    ) -> Message {
        Message(
            envelope: Envelope(
                version: version, sessionID: sessionID ?? request.envelope.sessionID,
                requestID: carrier.envelope.requestID, messageByteCount: 0),
            header: MessageHeader(
                opCode: request.header.opCode, responseCode: code, flags: flags, siteSerial: site.serial,
                recursionCount: recursionCount, expiration: now &+ MessageHeader.lifetime),
            body: body)
    }

    /// An answer to what could not be opened: the reference's form for it, in which nothing of the request comes back.
    static func undecodable(_ code: ResponseCode, _ text: String, at now: UInt32) -> Message {
        Message(
            envelope: Envelope(version: .fallback, requestID: 0xFFFF_FFFF, messageByteCount: 0),
            header: MessageHeader(
                opCode: OpCode(rawValue: 0), responseCode: code, flags: .usual, siteSerial: 0xFFFF,
                expiration: now &+ MessageHeader.lifetime),
            body: Answer(.error(ErrorBody(message: text))).bytes())
    }
}

extension ResponseCode {
    /// The code as a version knows it: two were split in 2.5.
    func known(to version: ProtocolVersion) -> ResponseCode {
        guard !version.hasFeatures(of2: 5) else { return self }
        switch self {
        case .serverReadOnly: return .prefixReferral
        case .invalidValue: return .valueAlreadyExists
        default: return self
        }
    }
}
