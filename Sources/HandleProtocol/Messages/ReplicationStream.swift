// What follows the answers to opcodes 1001 and 1002 on a stream: records, one after the other, to its end. Not in any
// RFC; established from the reference server.
//
// Records are parsed one at a time: where the bytes received so far end inside one, parsing throws `.truncated`, and
// the caller tries again with more. In a signed stream a signature follows every record, over all bytes of the stream
// since the signature before, signatures left out.

/// How a replication stream is protected: its first bytes.
public enum StreamProtection: Equatable, Sendable {
    /// With the digest's name.
    case signed(digestName: [UInt8])
    /// Neither signed nor encrypted: clients refuse it.
    case none
    /// The rest is a TLS connection on the same socket, the sender being the TLS server. No signatures in it.
    case tls
    /// Of a kind that we do not know.
    case unknown(UInt32)

    public init(parsing reader: inout ByteReader) throws(WireError) {
        switch try reader.readUInt32("stream type") {
        case 0: self = .signed(digestName: try reader.readBytes("stream digest name").array)
        case 0xFFFF_FFFF: self = .none
        case 0x544C_5300: self = .tls
        case let type: self = .unknown(type)
        }
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .signed(let digestName):
            writer.write(UInt32(0))
            writer.write(digestName)
        case .none: writer.write(UInt32.max)
        case .tls: writer.write(UInt32(0x544C_5300))
        case .unknown(let type): writer.write(type)
        }
    }

    /// Whether a signature follows each record.
    public var isSigned: Bool {
        if case .signed = self { true } else { false }
    }
}

/// A signature in a replication stream: of what stands before it.
public struct StreamSignature: Equatable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        bytes = try reader.readBytes("stream signature").array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(bytes)
    }
}

extension ByteReader {
    /// A count (u32) of values, each behind its length: how replication streams carry them. Where values are missing
    /// yet, more bytes may come; a value that does not fit in its own length never will.
    mutating func readCountedValues() throws(WireError) -> [HandleValue] {
        let at = offset
        let count = Int(try readUInt32("value count"))
        guard count <= Limits.arrayCount else { throw WireError(.outOfRange, field: "value count", offset: at) }
        guard count * (4 + HandleValue.minimumByteCount) <= remaining else {
            throw WireError(.truncated, field: "value count", offset: at)
        }
        var values: [HandleValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            let offset = offset
            var inner = ByteReader(try readBytes("value"), base: offset + 4)
            do throws(WireError) {
                values.append(try HandleValue(parsing: &inner))
            } catch {
                throw WireError(.malformed, field: error.field, offset: error.offset)
            }
            guard inner.isAtEnd else { throw WireError(.trailingBytes, field: "value", offset: inner.offset) }
        }
        return values
    }
}

extension ByteWriter {
    mutating func writeCounted(_ values: [HandleValue]) {
        write(UInt32(truncatingIfNeeded: values.count))
        for value in values {
            var inner = ByteWriter()
            value.write(to: &inner)
            write(inner.bytes)
        }
    }
}
