/// A private key as the Handle tools encode it in key files: a kind's name and big integers, without flags.
/// Never described: a key must not reach a log.
public struct PrivateKeyRecord: Equatable, Sendable {
    public enum Key: Equatable, Sendable {
        case dsa(x: [UInt8], p: [UInt8], q: [UInt8], g: [UInt8])
        case rsa(modulus: [UInt8], exponent: [UInt8])
        case rsaWithFactors(RSAFactors)
        /// A kind that we do not know, and all that stands behind its name.
        case other(kind: [UInt8], [UInt8])
    }

    /// The eight integers of an RSA key, in the order of the file.
    public struct RSAFactors: Equatable, Sendable {
        public var modulus: [UInt8]
        public var publicExponent: [UInt8]
        public var privateExponent: [UInt8]
        public var p: [UInt8]
        public var q: [UInt8]
        /// d mod p − 1.
        public var exponentP: [UInt8]
        /// d mod q − 1.
        public var exponentQ: [UInt8]
        /// The inverse of q mod p.
        public var coefficient: [UInt8]

        public init(
            modulus: [UInt8], publicExponent: [UInt8], privateExponent: [UInt8], p: [UInt8], q: [UInt8],
            exponentP: [UInt8], exponentQ: [UInt8], coefficient: [UInt8]
        ) {
            self.modulus = modulus
            self.publicExponent = publicExponent
            self.privateExponent = privateExponent
            self.p = p
            self.q = q
            self.exponentP = exponentP
            self.exponentQ = exponentQ
            self.coefficient = coefficient
        }

        init(parsing reader: inout ByteReader) throws(WireError) {
            modulus = try reader.readBytes("RSA modulus").array
            publicExponent = try reader.readBytes("RSA public exponent").array
            privateExponent = try reader.readBytes("RSA private exponent").array
            p = try reader.readBytes("RSA p").array
            q = try reader.readBytes("RSA q").array
            exponentP = try reader.readBytes("RSA exponent of p").array
            exponentQ = try reader.readBytes("RSA exponent of q").array
            coefficient = try reader.readBytes("RSA coefficient").array
        }

        var fields: [[UInt8]] {
            [modulus, publicExponent, privateExponent, p, q, exponentP, exponentQ, coefficient]
        }
    }

    public var key: Key
    /// What stands behind the key; kept.
    public var trailing: [UInt8]

    public init(_ key: Key, trailing: [UInt8] = []) {
        self.key = key
        self.trailing = trailing
    }

    public static let dsaKind = Array("DSA_PRIV_KEY".utf8)
    public static let rsaKind = Array("RSA_PRIV_KEY".utf8)
    public static let rsaWithFactorsKind = Array("RSA_PRIVCRT_KEY".utf8)

    public init(parsing bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        let kind = try reader.readBytes("key kind").array
        switch kind {
        case Self.dsaKind:
            let x = try reader.readBytes("DSA x").array
            let p = try reader.readBytes("DSA p").array
            let q = try reader.readBytes("DSA q").array
            key = .dsa(x: x, p: p, q: q, g: try reader.readBytes("DSA g").array)
        case Self.rsaKind:
            let modulus = try reader.readBytes("RSA modulus").array
            key = .rsa(modulus: modulus, exponent: try reader.readBytes("RSA exponent").array)
        case Self.rsaWithFactorsKind:
            key = .rsaWithFactors(try RSAFactors(parsing: &reader))
        default:
            key = .other(kind: kind, reader.readRest().array)
        }
        trailing = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        switch key {
        case .dsa(let x, let p, let q, let g): write(Self.dsaKind, [x, p, q, g], to: &writer)
        case .rsa(let modulus, let exponent): write(Self.rsaKind, [modulus, exponent], to: &writer)
        case .rsaWithFactors(let factors): write(Self.rsaWithFactorsKind, factors.fields, to: &writer)
        case .other(let kind, let rest):
            write(kind, [], to: &writer)
            writer.write(raw: rest)
        }
        writer.write(raw: trailing)
    }

    private func write(_ kind: [UInt8], _ fields: [[UInt8]], to writer: inout ByteWriter) {
        writer.write(kind)
        for field in fields { writer.write(field) }
    }
}

extension PrivateKeyRecord: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "private key" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
