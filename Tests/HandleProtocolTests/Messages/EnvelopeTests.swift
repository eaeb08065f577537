import HandleProtocol
import Testing

@Suite("Envelope (RFC 3652 §2.2.1)")
struct EnvelopeTests {
    @Test("what is written is read again")
    func roundTrip() throws {
        let envelope = Envelope(
            version: .fallback, flags: [.truncated], sessionID: 7, requestID: 0x0100_0001, sequence: 3,
            messageByteCount: 58)
        var writer = ByteWriter()
        envelope.write(to: &writer)
        #expect(writer.byteCount == Envelope.byteCount)
        let bytes = writer.bytes
        #expect(try Envelope(parsing: bytes.span.bytes) == envelope)
    }

    @Test("every byte that is cut off is reported", arguments: 0..<Envelope.byteCount)
    func truncation(byteCount: Int) {
        let bytes = [UInt8](repeating: 2, count: byteCount)
        #expect(throws: WireError(.truncated, field: "envelope", offset: byteCount)) {
            try Envelope(parsing: bytes.span.bytes)
        }
    }
}
