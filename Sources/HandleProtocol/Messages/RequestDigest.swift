/// A digest of a request's header and body: it stands in front of an answer whose request asked for it (flag RRDG),
/// and in a request to verify a challenge's answer. Three forms are in use.
public enum RequestDigest: Hashable, Sendable {
    /// From 2.1 on: the kind in one byte, then the digest alone.
    case ofKind(Kind, [UInt8])
    /// A length, then the digest. The length's first byte is 0, which is no kind: so the two forms are told apart.
    case counted([UInt8])
    /// What the reference puts in front of answers below 2.1, whose flags do not say so: a zero byte and an MD5. Only
    /// who knows that a digest was asked for can read it.
    case unflagged([UInt8])

    public enum Kind: UInt8, CaseIterable, Sendable {
        case md5 = 1
        case sha1 = 2
        case sha256 = 3

        /// The digest's length.
        public var byteCount: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha256: 32
            }
        }

        /// What a server takes in an answer of that version; nil below 2.1, where it is an unflagged MD5.
        public static func chosen(for version: ProtocolVersion) -> Kind? {
            version.hasFeatures(of2: 7) ? .sha256 : version.hasFeatures(of2: 1) ? .sha1 : nil
        }
    }

    /// The digest alone.
    public var bytes: [UInt8] {
        switch self {
        case .ofKind(_, let digest), .counted(let digest), .unflagged(let digest): digest
        }
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        let offset = reader.offset
        var ahead = reader
        let first = try ahead.readUInt8("request digest kind")
        if first == 0 {
            self = .counted(try reader.readBytes("request digest").array)
            return
        }
        guard let kind = Kind(rawValue: first) else {
            throw WireError(.malformed, field: "request digest kind", offset: offset)
        }
        self = .ofKind(kind, try ahead.readBytes(count: kind.byteCount, "request digest").array)
        reader = ahead
    }

    init(parsingUnflagged reader: inout ByteReader) throws(WireError) {
        let offset = reader.offset
        guard try reader.readUInt8("request digest kind") == 0 else {
            throw WireError(.malformed, field: "request digest kind", offset: offset)
        }
        self = .unflagged(try reader.readBytes(count: Kind.md5.byteCount, "request digest").array)
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .ofKind(let kind, let digest):
            writer.write(kind.rawValue)
            writer.write(raw: digest)
        case .counted(let digest):
            writer.write(digest)
        case .unflagged(let digest):
            writer.write(UInt8(0))
            writer.write(raw: digest)
        }
    }
}
