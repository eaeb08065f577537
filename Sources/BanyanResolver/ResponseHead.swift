internal import BanyanIndex
internal import HandleProtocol
internal import OpenSSL

/// Envelope and header of an answer (RFC 3652 §2.2), and the request digest that may stand before its body.
struct ResponseHead {
    private let envelope: Envelope
    private let header: MessageHeader

    /// An answer to a request that was understood: the client's flags come back, the reference's own are added.
    ///  1. AUTH says whether we are a primary, whatever the request said.
    ///  2. RECU is always set; CERT, CACR, ENCR, PUBL and DNRF are echoed.
    ///  3. The request digest's flag is set where the answer has the digest.
    @inline(__always)
    init(to request: borrowing Request, _ code: ResponseCode, site: SiteSummary, now: UInt32) {
        var flags = request.header.flags.intersection(.echoed).union(.recursive)
        if site.isPrimary { flags.insert(.authoritative) }
        if request.wantsDigest { flags.insert(.requestDigest) }
        self.init(
            envelope: request.envelope, version: request.version, opCode: request.header.opCode, code, flags: flags,
            serial: site.serial, recursionCount: request.header.recursionCount, now: now)
    }

    /// An answer to what was not understood: nothing is echoed but request number, session and operation.
    init(toFaulty envelope: Envelope, opCode: OpCode, _ code: ResponseCode, site: SiteSummary, now: UInt32) {
        self.init(
            envelope: envelope,
            version: ProtocolVersion.negotiated(message: envelope.version, suggested: envelope.suggested),
            opCode: opCode, code, flags: site.isPrimary ? [.authoritative, .recursive] : [.recursive],
            serial: site.serial, recursionCount: 0, now: now)
    }

    private init(
        envelope: Envelope, version: ProtocolVersion, opCode: OpCode, _ code: ResponseCode, flags: OpFlags,
        serial: UInt16, recursionCount: UInt8, now: UInt32
    ) {
        // The reference answers in the envelope of the question: the marks of a compressed message and of a fragment
        // come back on an answer that is neither. Its clients do not look at them there.
        self.envelope = Envelope(
            version: version, flags: envelope.flags.intersection(.echoed), suggested: .current,
            sessionID: envelope.sessionID, requestID: envelope.requestID, messageByteCount: 0)
        header = MessageHeader(
            opCode: opCode, responseCode: code, flags: flags, siteSerial: serial, recursionCount: recursionCount,
            expiration: now &+ MessageHeader.lifetime)
    }

    /// Writes envelope and header for a body of `bodyByteCount` bytes and the digest in front of it. False, and
    /// nothing written, when all of that and the credential's length do not fit.
    @inline(__always)
    @_lifetime(response: copy response)
    func write(
        bodyByteCount: Int, digestOf request: borrowing Request, by digests: DigestContext,
        into response: inout OutputRawSpan
    ) -> Bool {
        guard request.header.flags.contains(.requestDigest) else {
            return write(bodyByteCount: bodyByteCount, into: &response)
        }
        // Below 2.1 no flag tells of the digest: a zero byte and an MD5 stand there all the same.
        let kind: Digest.Algorithm =
            request.version.hasFeatures(of2: 7) ? .sha256 : request.wantsDigest ? .sha1 : .md5
        let number: UInt8 = kind == .sha256 ? 3 : kind == .sha1 ? 2 : 0
        return write(bodyByteCount: 1 &+ kind.byteCount &+ bodyByteCount, into: &response)
            && response.write(number)
            && digests.digest(request.digested, algorithm: kind, into: &response)
    }

    /// As above, without a digest.
    @inline(__always)
    @_lifetime(response: copy response)
    func write(bodyByteCount: Int, into response: inout OutputRawSpan) -> Bool {
        let messageByteCount = MessageHeader.byteCount &+ bodyByteCount &+ 4
        guard messageByteCount <= Limits.messageByteCount,
            Envelope.byteCount &+ messageByteCount <= response.freeCapacity
        else { return false }
        var envelope = envelope
        var header = header
        envelope.messageByteCount = UInt32(truncatingIfNeeded: messageByteCount)
        header.bodyByteCount = UInt32(truncatingIfNeeded: bodyByteCount)
        return envelope.write(to: &response) && header.write(to: &response)
    }
}
