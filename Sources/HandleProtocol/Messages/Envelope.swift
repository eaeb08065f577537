/// What stands in front of every datagram and of every message on a stream: 20 bytes (RFC 3652 §2.2.1).
///
/// Bytes 2 and 3 differ from the RFC, which has one flag field there: since 2.x their low bits carry the highest
/// version that the sender would like to speak.
public struct Envelope: Equatable, Sendable {
    public static let byteCount = 20

    public var version: ProtocolVersion
    /// Byte 2 as sent, without the suggested major version: three flags, and three bits that mean nothing.
    public var flags: Flags
    /// The suggested major version: two bits.
    public var suggested: ProtocolVersion
    /// 0 = none. In an answer of code 402 it names the pending challenge.
    public var sessionID: UInt32
    /// Chosen by the client, echoed.
    public var requestID: UInt32
    /// The datagram's place in its message, from 0; 0 on streams.
    public var sequence: UInt32
    /// Bytes of the whole message behind the envelope, of all its datagrams together, as sent (encrypted or not).
    public var messageByteCount: UInt32

    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8
        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Never implemented by anyone, ignored on receipt.
        public static let compressed = Flags(rawValue: 0x80)
        public static let encrypted = Flags(rawValue: 0x40)
        /// This datagram is one of several.
        public static let truncated = Flags(rawValue: 0x20)
        /// What the reference repeats in its answer.
        public static let echoed: Flags = [.compressed, .truncated]
    }

    public init(
        version: ProtocolVersion = .current, flags: Flags = [], suggested: ProtocolVersion = .current,
        sessionID: UInt32 = 0, requestID: UInt32, sequence: UInt32 = 0, messageByteCount: UInt32
    ) {
        self.version = version
        self.flags = flags
        self.suggested = suggested
        self.sessionID = sessionID
        self.requestID = requestID
        self.sequence = sequence
        self.messageByteCount = messageByteCount
    }

    /// Parses the first 20 bytes.
    @inlinable
    public init(parsing bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount >= Envelope.byteCount else {
            throw WireError(.truncated, field: "envelope", offset: bytes.byteCount)
        }
        let third = bytes.byte(at: 2)
        version = ProtocolVersion(bytes.byte(at: 0), bytes.byte(at: 1))
        flags = Flags(rawValue: third & 0xFC)
        suggested = ProtocolVersion(third & 0x03, bytes.byte(at: 3))
        sessionID = bytes.bigEndianUInt32(at: 4)
        requestID = bytes.bigEndianUInt32(at: 8)
        sequence = bytes.bigEndianUInt32(at: 12)
        messageByteCount = bytes.bigEndianUInt32(at: 16)
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(version.major)
        writer.write(version.minor)
        writer.write(flags.rawValue | suggested.major & 0x03)
        writer.write(suggested.minor)
        writer.write(sessionID)
        writer.write(requestID)
        writer.write(sequence)
        writer.write(messageByteCount)
    }

    @inlinable @inline(__always)
    @_lifetime(output: copy output)
    public func write(to output: inout OutputRawSpan) -> Bool {
        guard output.freeCapacity >= Envelope.byteCount else { return false }
        return output.write(version.major) && output.write(version.minor)
            && output.write(flags.rawValue | suggested.major & 0x03) && output.write(suggested.minor)
            && output.write(sessionID) && output.write(requestID) && output.write(sequence)
            && output.write(messageByteCount)
    }
}
