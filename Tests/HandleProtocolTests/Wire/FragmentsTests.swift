import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Fragments (RFC 3652 §2.3)")
struct FragmentsTests {
    static let answers: [Vector] = ["udp-fragment", "versions", "resolve", "referral", "session", "site-info"]
        .flatMap { file in ((try? Vectors.load(file)) ?? []).filter { $0.transport == "udp" } }

    @Test("an answer is cut exactly as the recorded one", arguments: answers)
    func recorded(vector: Vector) throws {
        guard let message = RecordedMessages.messages(vector.response, packets: vector.responsePackets).first else {
            return
        }
        let fragments = try Fragments(message.rawSpan)
        var packets: [[UInt8]] = []
        for position in 0..<fragments.count {
            var writer = ByteWriter()
            fragments.envelope(of: position).write(to: &writer)
            writer.write(raw: fragments.piece(position))
            packets.append(writer.bytes)
        }
        #expect(packets == vector.responsePackets)
    }

    @Test("492 bytes are one datagram, 493 are two", arguments: [(492, 1), (493, 2), (984, 2), (985, 3), (0, 1)])
    func line(byteCount: Int, count: Int) throws {
        let message = Self.message(byteCount: byteCount)
        let fragments = try Fragments(message.rawSpan)
        let (pieceCount, behind, before) = (
            fragments.count, fragments.piece(count).byteCount, fragments.piece(-1).byteCount
        )
        let isTruncated = fragments.envelope(of: 0).flags.contains(.truncated)
        #expect(pieceCount == count)
        #expect(isTruncated == (count > 1))
        #expect(behind == 0 && before == 0)
    }

    @Test("a datagram is written whole or not at all")
    func buffer() throws {
        let message = Self.message(byteCount: 500)
        let fragments = try Fragments(message.rawSpan)
        for (capacity, fits) in [(512, true), (511, false)] {
            let written = [UInt8](capacity: capacity) { output in
                let isWritten = fragments.write(0, to: &output)
                #expect(isWritten == fits)
            }
            #expect(written.count == (fits ? 512 : 0))
        }
    }

    @Test("more than a message may have is refused")
    func tooLong() {
        let message = Self.message(byteCount: Limits.messageByteCount + 1)
        #expect(throws: WireError(.outOfRange, field: "message length", offset: 16)) {
            _ = try Fragments(message.rawSpan).count
        }
    }

    static func message(byteCount: Int, requestID: UInt32 = 7) -> [UInt8] {
        var writer = ByteWriter()
        Envelope(requestID: requestID, messageByteCount: UInt32(byteCount)).write(to: &writer)
        writer.write(raw: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 / 3) })
        return writer.bytes
    }
}

extension Array where Element == UInt8 {
    /// The bytes that `body` writes.
    init(capacity: Int, _ body: (inout OutputRawSpan) -> Void) {
        var storage = [UInt8](repeating: 0, count: capacity)
        let count = storage.withUnsafeMutableBytes { buffer in
            var output = OutputRawSpan(buffer: buffer, initializedCount: 0)
            body(&output)
            return output.finalize(for: buffer)
        }
        self = Array(storage.prefix(count))
    }
}
