import BanyanTransport
import HandleProtocol
import NIOCore
import Testing

@Suite("Messages in a stream (RFC 3652 §2.2.1)")
struct MessageFramerTests {
    /// A message whose header and body are `content`.
    static func message(_ content: [UInt8], number: UInt32) -> ByteBuffer {
        var writer = ByteWriter()
        Envelope(requestID: number, messageByteCount: UInt32(content.count)).write(to: &writer)
        writer.write(raw: content)
        return ByteBuffer(bytes: writer.bytes)
    }

    static let messages = [24, 24, 300, 58, 70_000, 25].enumerated().map { number, byteCount in
        message((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }, number: UInt32(number))
    }

    /// The messages that come out when the stream arrives in pieces of `byteCount` bytes.
    static func frames(_ stream: ByteBuffer, inPiecesOf byteCount: Int) -> [ByteBuffer] {
        var stream = stream
        var framer = MessageFramer()
        var frames: [ByteBuffer] = []
        while let piece = stream.readSlice(length: min(byteCount, max(1, stream.readableBytes))) {
            framer.append(piece)
            while case .message(let message) = framer.next() { frames.append(message) }
        }
        #expect(framer.pendingByteCount == 0)
        return frames
    }

    @Test(
        "however the stream is split, the messages are the same",
        arguments: [1, 2, 3, 19, 20, 21, 44, 45, 63, 64, 1_000, 65_536, 1_000_000])
    func splits(byteCount: Int) {
        let stream = Self.messages.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
        #expect(Self.frames(stream, inPiecesOf: byteCount) == Self.messages)
    }

    @Test("a message cut at each place is whole when the rest has come", arguments: 0...78)
    func cut(at byteCount: Int) {
        let message = Self.message([UInt8](repeating: 3, count: 58), number: 9)
        var framer = MessageFramer()
        framer.append(message.getSlice(at: 0, length: byteCount) ?? ByteBuffer())
        #expect(framer.next() == (byteCount == 78 ? .message(message) : .incomplete))
        framer.append(message.getSlice(at: byteCount, length: 78 - byteCount) ?? ByteBuffer())
        #expect(framer.next() == (byteCount == 78 ? .incomplete : .message(message)))
        #expect(framer.pendingByteCount == 0)
    }

    @Test(
        "a length that no message has breaks the stream, as soon as it is there",
        arguments: [0, 1, 23, 262_145, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func broken(length: UInt32) {
        var writer = ByteWriter()
        Envelope(requestID: 1, messageByteCount: length).write(to: &writer)
        var framer = MessageFramer()
        framer.append(ByteBuffer(bytes: writer.bytes.dropLast()))
        #expect(framer.next() == .incomplete)
        framer.append(ByteBuffer(bytes: writer.bytes.suffix(1)))
        #expect(framer.next() == .broken(ByteBuffer(bytes: writer.bytes)))
        #expect(framer.next() == .incomplete)
    }

    @Test("the shortest and the longest message pass", arguments: [24, Limits.messageByteCount])
    func bounds(byteCount: Int) {
        let message = Self.message([UInt8](repeating: 0, count: byteCount), number: 1)
        var framer = MessageFramer()
        framer.append(message)
        #expect(framer.next() == .message(message))
    }

    @Test("what is announced takes no memory before it has come")
    func memory() {
        var writer = ByteWriter()
        Envelope(requestID: 1, messageByteCount: UInt32(Limits.messageByteCount)).write(to: &writer)
        var framer = MessageFramer()
        framer.append(ByteBuffer(bytes: writer.bytes))
        framer.append(ByteBuffer(bytes: [1, 2, 3]))
        #expect(framer.next() == .incomplete)
        #expect(framer.takeRest().storageCapacity < 1_024)
        #expect(framer.pendingByteCount == 0)
    }
}
