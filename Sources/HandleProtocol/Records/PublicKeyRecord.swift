/// Data of an HS_PUBKEY value, and a server's key in a site record (RFC 3651 §3.2.3).
///
/// Two encodings are current: a tagged record (a kind's name, two bytes of flags, big integers), and PEM text, which
/// Chinese clients write. Integers are as they came: two's complement, big-endian, with a leading zero byte where the
/// top bit is set.
public struct PublicKeyRecord: Equatable, Sendable {
    public enum Key: Equatable, Sendable {
        case rsa(exponent: [UInt8], modulus: [UInt8])
        case dsa(q: [UInt8], p: [UInt8], g: [UInt8], y: [UInt8])
        case diffieHellman(y: [UInt8], p: [UInt8], g: [UInt8])
        /// A SubjectPublicKeyInfo: PEM text from the clients in the field, DER from their documentation.
        case sm2([UInt8])
        /// The whole value is PEM text.
        case pem([UInt8])
        /// A kind that we do not know, and all that stands behind its flags.
        case other(kind: [UInt8], [UInt8])
    }

    public var key: Key
    /// 0; kept as it came.
    public var flags: UInt16
    /// What stands behind the key. The reference's encoder leaves four zero bytes behind an RSA key.
    public var trailing: [UInt8]

    public init(_ key: Key, flags: UInt16 = 0, trailing: [UInt8] = []) {
        self.key = key
        self.flags = flags
        self.trailing = trailing
    }

    /// An RSA key as the reference writes it.
    public static func rsa(exponent: [UInt8], modulus: [UInt8]) -> PublicKeyRecord {
        PublicKeyRecord(.rsa(exponent: exponent, modulus: modulus), trailing: [0, 0, 0, 0])
    }

    public static let rsaKind = Array("RSA_PUB_KEY".utf8)
    public static let dsaKind = Array("DSA_PUB_KEY".utf8)
    public static let diffieHellmanKind = Array("DH_PUB_KEY".utf8)
    public static let sm2Kind = Array("SM2_PUB_KEY".utf8)

    public init(parsing bytes: RawSpan) throws(WireError) {
        if PEM.isRecognised(bytes) {
            (key, flags, trailing) = (.pem(bytes.array), 0, [])
            return
        }
        var reader = ByteReader(bytes)
        let kind = try reader.readBytes("key kind").array
        flags = try reader.readUInt16("key flags")
        switch kind {
        case Self.rsaKind:
            let exponent = try reader.readBytes("RSA exponent").array
            key = .rsa(exponent: exponent, modulus: try reader.readBytes("RSA modulus").array)
        case Self.dsaKind:
            let q = try reader.readBytes("DSA q").array
            let p = try reader.readBytes("DSA p").array
            let g = try reader.readBytes("DSA g").array
            key = .dsa(q: q, p: p, g: g, y: try reader.readBytes("DSA y").array)
        case Self.diffieHellmanKind:
            let y = try reader.readBytes("Diffie-Hellman y").array
            let p = try reader.readBytes("Diffie-Hellman p").array
            key = .diffieHellman(y: y, p: p, g: try reader.readBytes("Diffie-Hellman g").array)
        case Self.sm2Kind:
            key = .sm2(try reader.readBytes("SM2 key").array)
        default:
            key = .other(kind: kind, reader.readRest().array)
        }
        trailing = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        switch key {
        case .pem(let text):
            writer.write(raw: text)
            return
        case .rsa(let exponent, let modulus):
            write(Self.rsaKind, [exponent, modulus], to: &writer)
        case .dsa(let q, let p, let g, let y):
            write(Self.dsaKind, [q, p, g, y], to: &writer)
        case .diffieHellman(let y, let p, let g):
            write(Self.diffieHellmanKind, [y, p, g], to: &writer)
        case .sm2(let encoded):
            write(Self.sm2Kind, [encoded], to: &writer)
        case .other(let kind, let rest):
            write(kind, [], to: &writer)
            writer.write(raw: rest)
        }
        writer.write(raw: trailing)
    }

    private func write(_ kind: [UInt8], _ fields: [[UInt8]], to writer: inout ByteWriter) {
        writer.write(kind)
        writer.write(flags)
        for field in fields { writer.write(field) }
    }

    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}
