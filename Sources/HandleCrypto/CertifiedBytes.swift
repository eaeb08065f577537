internal import HandleProtocol

/// What a credential covers, by the version V of the message that carries it:
///
///  1. V from 2.8: version, suggested version, session id, request id, session counter, header and body.
///  2. V = 2.7: the same without the suggested version.
///  3. V = 2.6 and, for codes, 2.5: an encoder of the reference put each of these fields at offset 4, over the one
///     before. What it left is the format of these versions.
///  4. Below: header and body.
enum CertifiedBytes {
    /// Signatures, and HMACs from 2.7 on.
    static func ofSignature(_ message: Message, counter: UInt32) -> [UInt8] {
        let envelope = message.envelope
        let version = envelope.version
        var writer = ByteWriter(capacity: 16 + MessageHeader.byteCount + message.body.count)
        if version.hasFeatures(of2: 7) {
            writer.write(version.major)
            writer.write(version.minor)
            if version.hasFeatures(of2: 8) {
                writer.write(envelope.suggested.major)
                writer.write(envelope.suggested.minor)
            }
            writer.write(envelope.sessionID)
            writer.write(envelope.requestID)
            writer.write(counter)
        } else if version.hasFeatures(of2: 6) {
            // Fourteen bytes, of which the last field written at offset 4 is the counter, and the rest stays zero.
            writer.write(version.major)
            writer.write(version.minor)
            writer.write(UInt16(truncatingIfNeeded: envelope.sessionID >> 16))
            writer.write(counter)
            writer.write(raw: repeatElement(0, count: 6))
        }
        message.writeSigned(to: &writer)
        return writer.bytes
    }

    /// Digests over the key, the message and the key again, below 2.7.
    static func ofFramedDigest(_ message: Message, key: [UInt8]) -> [UInt8] {
        let signed = message.signedBytes()
        guard message.envelope.version.hasFeatures(of2: 5) else {
            var framed: [UInt8] = []
            framed.reserveCapacity(2 * key.count + signed.count)
            for part in [key, signed, key] { framed.append(contentsOf: part) }
            return framed
        }
        var fields = ByteWriter()
        fields.write(message.envelope.version.major)
        fields.write(message.envelope.version.minor)
        fields.write(message.envelope.sessionID)
        var buffer = [UInt8](repeating: 0, count: 2 * key.count + signed.count + 14)
        // Every part ends inside the room, because none begins later than it was meant to.
        for (part, offset) in [(key, 0), (fields.bytes, key.count), (signed, 4), (key, 4 + signed.count)] {
            buffer.replaceSubrange(offset..<(offset + part.count), with: part)
        }
        return buffer
    }
}
