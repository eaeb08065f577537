import BanyanIndex
import HandleProtocol

/// The short answer to a request that is not looked into: too busy, or unable.
enum Refusal {
    static let byteCount = Envelope.byteCount + messageByteCount
    /// Header, an empty message for people, an empty credential.
    private static let messageByteCount = MessageHeader.byteCount + 8

    /// Writes it; false, and nothing written, when `request` is none: an answer is never answered.
    @_lifetime(output: copy output)
    static func write(
        _ code: ResponseCode, to request: RawSpan, site: SiteSummary, at now: UInt32, into output: inout OutputRawSpan
    ) -> Bool {
        guard let envelope = try? Envelope(parsing: request),
            var header = try? MessageHeader(parsing: request.extracting(droppingFirst: Envelope.byteCount)),
            output.freeCapacity >= byteCount
        else { return false }
        if envelope.flags.contains(.encrypted) {
            // What looks like a header there is none: the answer tells no operation.
            header.opCode = OpCode(rawValue: 0)
        } else if header.responseCode != .request || header.opCode.rawValue == 0 {
            return false
        }
        let answerEnvelope = Envelope(
            version: .negotiated(message: envelope.version, suggested: envelope.suggested),
            sessionID: envelope.sessionID, requestID: envelope.requestID, messageByteCount: UInt32(messageByteCount))
        let answerHeader = MessageHeader(
            opCode: header.opCode, responseCode: code,
            flags: site.isPrimary ? [.authoritative, .recursive] : [.recursive], siteSerial: site.serial,
            expiration: now &+ MessageHeader.lifetime, bodyByteCount: 4)
        return answerEnvelope.write(to: &output) && answerHeader.write(to: &output) && output.write(UInt32(0))
            && output.write(UInt32(0))
    }
}
