/// The part that follows the envelope of every message: 24 bytes (RFC 3652 §2.2.2).
public struct MessageHeader: Equatable, Sendable {
    public static let byteCount = 24

    public var opCode: OpCode
    /// 0 in a request.
    public var responseCode: ResponseCode
    public var flags: OpFlags
    /// The serial number of the site record that the client used, 0xFFFF when it has none; in an answer the server's.
    public var siteSerial: UInt16
    /// Hops taken so far, not hops left.
    public var recursionCount: UInt8
    /// Ignored, and kept.
    public var reserved: UInt8
    /// Seconds since 1970, by the sender's clock. Servers ignore a request's; clients refuse an answer past its own.
    public var expiration: UInt32
    public var bodyByteCount: UInt32

    /// Seconds from now to the expiration that we write, as the reference does.
    public static let lifetime: UInt32 = 43_200

    public init(
        opCode: OpCode, responseCode: ResponseCode = .request, flags: OpFlags, siteSerial: UInt16 = 0xFFFF,
        recursionCount: UInt8 = 0, reserved: UInt8 = 0, expiration: UInt32, bodyByteCount: UInt32 = 0
    ) {
        self.opCode = opCode
        self.responseCode = responseCode
        self.flags = flags
        self.siteSerial = siteSerial
        self.recursionCount = recursionCount
        self.reserved = reserved
        self.expiration = expiration
        self.bodyByteCount = bodyByteCount
    }

    /// Parses the first 24 bytes of a message. `base` is what is added to offsets in errors.
    @inlinable
    public init(parsing bytes: RawSpan, base: Int = 0) throws(WireError) {
        guard bytes.byteCount >= MessageHeader.byteCount else {
            throw WireError(.truncated, field: "header", offset: base + bytes.byteCount)
        }
        opCode = OpCode(rawValue: bytes.bigEndianUInt32(at: 0))
        responseCode = ResponseCode(rawValue: bytes.bigEndianUInt32(at: 4))
        flags = OpFlags(rawValue: bytes.bigEndianUInt32(at: 8))
        siteSerial = bytes.bigEndianUInt16(at: 12)
        recursionCount = bytes.byte(at: 14)
        reserved = bytes.byte(at: 15)
        expiration = bytes.bigEndianUInt32(at: 16)
        bodyByteCount = bytes.bigEndianUInt32(at: 20)
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(opCode.rawValue)
        writer.write(responseCode.rawValue)
        writer.write(flags.rawValue)
        writer.write(siteSerial)
        writer.write(recursionCount)
        writer.write(reserved)
        writer.write(expiration)
        writer.write(bodyByteCount)
    }

    @inlinable @inline(__always)
    @_lifetime(output: copy output)
    public func write(to output: inout OutputRawSpan) -> Bool {
        guard output.freeCapacity >= MessageHeader.byteCount else { return false }
        return output.write(opCode.rawValue) && output.write(responseCode.rawValue) && output.write(flags.rawValue)
            && output.write(siteSerial) && output.write(recursionCount) && output.write(reserved)
            && output.write(expiration) && output.write(bodyByteCount)
    }
}
