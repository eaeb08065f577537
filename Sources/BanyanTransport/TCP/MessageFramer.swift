import HandleProtocol
public import NIOCore

/// Cuts a stream into messages: envelope and as many bytes as it announces (RFC 3652 §2.2.1).
///
/// However the bytes arrive, whole, many messages at once or one byte at a time, the messages are the same. Memory
/// grows with the bytes that have come, not with those that are announced.
public struct MessageFramer: Sendable {
    public enum Frame: Equatable, Sendable {
        /// A whole message with its envelope.
        case message(ByteBuffer)
        /// More bytes must come first.
        case incomplete
        /// The envelope announces what no message can have: nobody can say where the next one begins. All bytes that
        /// are there come along.
        case broken(ByteBuffer)
    }

    private var received = ByteBuffer()

    public init() {}

    /// Bytes that belong to no message yet.
    public var pendingByteCount: Int { received.readableBytes }

    public mutating func append(_ bytes: consuming ByteBuffer) {
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
    }

    /// Gives back the memory that a read has brought beyond the bytes that are left; for when no whole message is.
    public mutating func compact() {
        guard received.storageCapacity > 2 * received.readableBytes + 512 else { return }
        var compacted = ByteBufferAllocator().buffer(capacity: received.readableBytes)
        compacted.writeImmutableBuffer(received)
        received = compacted
    }

    public mutating func next() -> Frame {
        guard
            let announced = received.getInteger(
                at: received.readerIndex + Envelope.byteCount - MemoryLayout<UInt32>.size, as: UInt32.self)
        else { return .incomplete }
        guard (UInt32(MessageHeader.byteCount)...UInt32(Limits.messageByteCount)).contains(announced) else {
            return .broken(takeRest())
        }
        guard let message = received.readSlice(length: Envelope.byteCount + Int(announced)) else { return .incomplete }
        return .message(message)
    }

    /// All bytes that are left: at the end of the stream they are a message that was cut off.
    public mutating func takeRest() -> ByteBuffer {
        defer { received = ByteBuffer() }
        return received
    }
}
