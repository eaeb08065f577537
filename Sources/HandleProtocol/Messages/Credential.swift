/// What stands behind a message's body: nothing at all, or a length and that many bytes. Outside a session nobody
/// looks at a request's credential, so its bytes are read only on demand.
public enum CredentialField: Equatable, Sendable {
    /// The message stops after its body: accepted, never written by us.
    case omitted
    /// Empty: a length of 0, which is how a message without credential is written.
    case bytes([UInt8])

    public static let none = CredentialField.bytes([])

    /// With the length in front.
    var byteCount: Int {
        switch self {
        case .omitted: 0
        case .bytes(let bytes): 4 + bytes.count
        }
    }

    /// The credential; nil where there is none. Offsets in errors count from the credential's first byte.
    public func parsed() throws(WireError) -> Credential? {
        guard case .bytes(let bytes) = self, !bytes.isEmpty else { return nil }
        var reader = ByteReader(bytes.rawSpan)
        return try Credential(parsing: &reader)
    }
}

extension CredentialField {
    public init(_ credential: Credential) {
        var writer = ByteWriter()
        credential.write(to: &writer)
        self = .bytes(writer.bytes)
    }
}

/// A signature or message authentication code over a message (RFC 3652 §2.2.4).
///
/// | size | field |
/// |---|---|
/// | 1, 1, 2 | version, reserved, flags: 0 |
/// | 4 + n | signer's handle: empty |
/// | 4 | signer's index: carries the session counter, which the RFC does not know |
/// | 4 + n | type |
/// | 4 | length of the rest |
/// | 4 + n | digest's name |
/// | 4 + n | signature |
public struct Credential: Equatable, Sendable {
    public var version: UInt8 = 0
    public var reserved: UInt8 = 0
    public var flags: UInt16 = 0
    public var signer: [UInt8] = []
    /// 0 outside a session.
    public var sessionCounter: UInt32
    public var type: [UInt8]
    /// The length of digest name and signature as it was sent; nil when it was right.
    public var statedSectionByteCount: UInt32?
    /// A name, or below 2.6 one byte: 1 MD5, 2 SHA-1, 3 SHA-256.
    public var digestName: [UInt8]
    public var signature: [UInt8]
    public var surplus: [UInt8] = []

    /// Signed with a private key.
    public static let signed = Array("HS_SIGNED".utf8)
    /// An old spelling of `signed`, accepted on receipt.
    public static let signedOldSpelling = Array("HS_DSAPUBKEY".utf8)
    /// Computed with a session's key.
    public static let authenticated = Array("HS_MAC".utf8)

    public init(type: [UInt8], sessionCounter: UInt32 = 0, digestName: [UInt8], signature: [UInt8]) {
        self.type = type
        self.sessionCounter = sessionCounter
        self.digestName = digestName
        self.signature = signature
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        version = try reader.readUInt8("credential version")
        reserved = try reader.readUInt8("credential reserved byte")
        flags = try reader.readUInt16("credential flags")
        signer = try reader.readBytes("credential signer").array
        sessionCounter = try reader.readUInt32("credential session counter")
        type = try reader.readBytes("credential type").array
        let stated = try reader.readUInt32("credential section length")
        digestName = try reader.readBytes("credential digest name").array
        signature = try reader.readBytes("credential signature").array
        surplus = reader.readRest().array
        statedSectionByteCount = stated == sectionByteCount ? nil : stated
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(version)
        writer.write(reserved)
        writer.write(flags)
        writer.write(signer)
        writer.write(sessionCounter)
        writer.write(type)
        writer.write(statedSectionByteCount ?? sectionByteCount)
        writer.write(digestName)
        writer.write(signature)
        writer.write(raw: surplus)
    }

    private var sectionByteCount: UInt32 {
        UInt32(truncatingIfNeeded: 8 + digestName.count + signature.count)
    }
}
