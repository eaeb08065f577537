import HandleCrypto
import HandleProtocol

/// Whether an answer is one to our request (RFC 3652 §2.2.1, §2.2.2), in this order:
///  1. The request id is ours, and it is an answer: it has a response code.
///  2. The operation is the one that was asked for; a server that could not read the request may not know it.
///  3. Its expiration is not past.
///  4. The request digest, when it was asked for, is there and is that of our request. It may be missing only in
///     errors of servers that could not read the request.
enum AnswerCheck {
    static func check(_ message: Message, _ answer: Answer, to request: Message, at now: UInt32) throws(ClientError) {
        guard message.envelope.requestID == request.envelope.requestID else { throw ClientError(.answerToAnother) }
        let header = message.header
        guard header.responseCode != .request else { throw ClientError(.malformedAnswer) }
        let isUnread = header.responseCode == .protocolError || header.responseCode == .error
        guard header.opCode == request.header.opCode || isUnread else { throw ClientError(.answerToAnother) }
        guard header.expiration >= now else { throw ClientError(.expiredAnswer) }
        guard request.header.flags.contains(.requestDigest) else { return }
        guard let digest = answer.digest else {
            guard isUnread else { throw ClientError(.requestDigest) }
            return
        }
        guard digest.matches(request.signedBytes()) else { throw ClientError(.requestDigest) }
    }
}
