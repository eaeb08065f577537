/// A private key file of the Handle tools: a scheme's number, then the key, plain or encrypted. Only the layout is read
/// here; deciphering is cryptography's.
public struct PrivateKeyFile: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// Scheme 0: DES-ECB under the first 8 bytes of the passphrase's MD5.
        case desECB(ciphertext: [UInt8])
        /// Scheme 1: a `PrivateKeyRecord` in the clear.
        case plain([UInt8])
        /// Scheme 2: DES-CBC under the same key.
        case desCBC(initializationVector: [UInt8], ciphertext: [UInt8])
        /// Scheme 3 (3DES-CBC) or 4 (AES-128-CBC), key derived by PBKDF2 with HMAC-SHA1.
        case derived(scheme: UInt32, KeyDerivation, initializationVector: [UInt8], ciphertext: [UInt8])
    }

    public struct KeyDerivation: Equatable, Sendable {
        public var salt: [UInt8]
        public var iterationCount: UInt32
        public var keyBitCount: UInt32

        public init(salt: [UInt8], iterationCount: UInt32, keyBitCount: UInt32) {
            self.salt = salt
            self.iterationCount = iterationCount
            self.keyBitCount = keyBitCount
        }
    }

    public static let tripleDESScheme: UInt32 = 3
    /// What the reference writes when a passphrase is given.
    public static let aesScheme: UInt32 = 4

    public var content: Content
    /// What stands behind the ciphertext; kept.
    public var trailing: [UInt8]

    public init(_ content: Content, trailing: [UInt8] = []) {
        self.content = content
        self.trailing = trailing
    }

    public init(parsing bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        let scheme = try reader.readUInt32("key file scheme")
        switch scheme {
        case 0: content = .desECB(ciphertext: reader.readRest().array)
        case 1: content = .plain(reader.readRest().array)
        case 2:
            let vector = try reader.readBytes(count: 8, "initialization vector").array
            content = .desCBC(initializationVector: vector, ciphertext: reader.readRest().array)
        case Self.tripleDESScheme, Self.aesScheme:
            let salt = try reader.readBytes("key file salt").array
            let derivation = KeyDerivation(
                salt: salt, iterationCount: try reader.readUInt32("key file iterations"),
                keyBitCount: try reader.readUInt32("key file key bits"))
            let vector = try reader.readBytes("initialization vector").array
            content = .derived(
                scheme: scheme, derivation, initializationVector: vector,
                ciphertext: try reader.readBytes("key file ciphertext").array)
        default:
            throw WireError(.malformed, field: "key file scheme", offset: 0)
        }
        trailing = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        switch content {
        case .desECB(let ciphertext):
            writer.write(0 as UInt32)
            writer.write(raw: ciphertext)
        case .plain(let record):
            writer.write(1 as UInt32)
            writer.write(raw: record)
        case .desCBC(let vector, let ciphertext):
            writer.write(2 as UInt32)
            writer.write(raw: vector)
            writer.write(raw: ciphertext)
        case .derived(let scheme, let derivation, let vector, let ciphertext):
            writer.write(scheme)
            writer.write(derivation.salt)
            writer.write(derivation.iterationCount)
            writer.write(derivation.keyBitCount)
            writer.write(vector)
            writer.write(ciphertext)
        }
        writer.write(raw: trailing)
    }
}

extension PrivateKeyFile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "private key file" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
