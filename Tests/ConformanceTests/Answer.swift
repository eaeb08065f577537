import BanyanTestSupport
import HandleProtocol
import OpenSSL

/// An answer as it came: packets of a datagram exchange in order of sequence, or one message of a stream.
struct Answer {
    var packets: [[UInt8]]

    var isEmpty: Bool { packets.isEmpty || packets.allSatisfy(\.isEmpty) }

    /// The one message that the packets hold.
    var message: AnswerMessage {
        AnswerMessage(
            envelope: Array((packets.first ?? []).prefix(20)), content: packets.flatMap { Array($0.dropFirst(20)) })
    }

    /// The packets with everything zeroed that no second run can repeat: expiration, and in a challenge the session
    /// id and nonce, and the signature.
    var comparable: [[UInt8]] {
        let message = message
        var content = message.content
        for range in message.unrepeatable {
            for position in range where content.indices.contains(position) { content[position] = 0 }
        }
        var offset = 0
        return packets.map { packet in
            guard packet.count > 20 else { return packet }
            var envelope = Array(packet[..<20])
            if message.code == 402 { envelope.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }
            defer { offset += packet.count - 20 }
            return envelope + content[offset..<(offset + packet.count - 20)]
        }
    }
}

/// The fields of a message that the expectations speak of. Fields beyond the end are 0.
struct AnswerMessage {
    let envelope: [UInt8]
    /// Header, body and credential.
    let content: [UInt8]

    var version: ProtocolVersion { ProtocolVersion(envelope.rawSpan.byte(at: 0), envelope.rawSpan.byte(at: 1)) }
    var suggested: ProtocolVersion {
        ProtocolVersion(envelope.rawSpan.byte(at: 2) & 3, envelope.rawSpan.byte(at: 3))
    }
    var requestID: UInt32 { envelope.rawSpan.bigEndianUInt32(at: 8) }
    var opCode: UInt32 { content.rawSpan.bigEndianUInt32(at: 0) }
    var code: UInt32 { content.rawSpan.bigEndianUInt32(at: 4) }
    var flags: UInt32 { content.rawSpan.bigEndianUInt32(at: 8) }
    var siteSerial: UInt16 { content.rawSpan.bigEndianUInt16(at: 12) }
    var recursionCount: UInt8 { content.rawSpan.byte(at: 14) }
    var body: [UInt8] {
        let count = Int(content.rawSpan.bigEndianUInt32(at: 20))
        return Array(content.dropFirst(24).prefix(count))
    }
    /// The body as the text that errors carry.
    var text: String? {
        guard body.count >= 4, Int(body.rawSpan.bigEndianUInt32(at: 0)) == body.count - 4 else { return nil }
        return String(decoding: body[4...], as: UTF8.self)
    }

    var isSigned: Bool { content.count > 24 + body.count + 4 }

    private var signatureRange: Range<Int> { max(0, content.count - signatureByteCount)..<content.count }
    /// The server's keys have 2,048 bits.
    private var signatureByteCount: Int { isSigned ? 256 : 0 }

    /// Ranges of `content` that differ from run to run.
    var unrepeatable: [Range<Int>] {
        var ranges = [16..<20]
        if code == 402 {
            // A digest of the request stands before the nonce from 2.1 on, behind it in 2.0.
            let kind = body.first ?? 0
            let digestByteCount = kind == 3 ? 33 : kind == 2 ? 21 : 0
            ranges.append((24 + digestByteCount + 4)..<(24 + digestByteCount + 20))
        }
        if isSigned { ranges.append(signatureRange) }
        return ranges
    }

    /// Whether the credential is right: the server's signature over what this version signs (RFC 3652 §2.2.4).
    func isSignatureValid(by key: PublicKey) -> Bool {
        let signed = Array(content[..<min(content.count, 24 + body.count)])
        let digest: Digest.Algorithm = version.hasFeatures(of2: 7) ? .sha256 : .sha1
        return key.isValid(Array(content[signatureRange]), of: prefix + signed, .digest(digest))
    }

    /// What is signed before header and body.
    private var prefix: [UInt8] {
        let counter: [UInt8] = [0, 0, 0, 0]
        if version.hasFeatures(of2: 8) {
            // The suggestion's byte holds flags as well, which are not signed.
            return envelope[..<2] + [envelope[2] & 3] + envelope[3..<12] + counter
        }
        if version.hasFeatures(of2: 7) { return envelope[..<2] + envelope[4..<12] + counter }
        guard version.hasFeatures(of2: 6) else { return [] }
        // Where the counter overwrites request id and half of the session id.
        return envelope[..<2] + envelope[4..<6] + counter + [UInt8](repeating: 0, count: 6)
    }
}
