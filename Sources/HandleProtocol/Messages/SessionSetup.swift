/// How a session's key comes about (RFC 3652 §3.8). Open: a mode that we do not know survives a round trip.
public struct SessionMode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The server makes the key and encrypts it with the client's RSA key.
    public static let clientKey = SessionMode(rawValue: 1)
    /// The client makes the key and encrypts it with the server's RSA key, in a second exchange.
    public static let serverKey = SessionMode(rawValue: 2)
    /// As `clientKey`, with a public key that a handle's value holds.
    public static let handleKey = SessionMode(rawValue: 3)
    /// Diffie-Hellman, in a group of the client's choice.
    public static let diffieHellman = SessionMode(rawValue: 4)
}

/// A request to set up a session (RFC 3652 §3.8.1), opcode 400.
public struct SessionSetup: Equatable, Sendable {
    public var mode: SessionMode
    /// Seconds; 0 or negative as a signed number leaves it to the server.
    public var timeout: UInt32
    /// Who will administer in this session; `anonymous` when nobody in particular.
    public var identity: ValueReference
    public var key: Key
    /// The reference counts four bytes for the mode, so two zero bytes end its body, and ours.
    public var surplus: [UInt8] = [0, 0]

    /// The key that the mode calls for.
    public enum Key: Equatable, Sendable {
        /// Modes 1 and 4: the client's public key, or its Diffie-Hellman half.
        case publicKey([UInt8])
        /// Mode 3: where the public key is.
        case reference(ValueReference)
        /// Mode 2, and modes that we do not know.
        case none
    }

    public static let anonymous = ValueReference(handle: [], index: 0xFFFF_FFFF)

    public init(
        mode: SessionMode, timeout: UInt32, identity: ValueReference = SessionSetup.anonymous, key: Key
    ) {
        self.mode = mode
        self.timeout = timeout
        self.identity = identity
        self.key = key
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        mode = SessionMode(rawValue: try reader.readUInt16("session mode"))
        timeout = try reader.readUInt32("session timeout")
        identity = try reader.readReference("session identity handle", "session identity index")
        switch mode {
        case .clientKey, .diffieHellman:
            key = .publicKey(try reader.readBytes("session public key").array)
        case .handleKey:
            key = .reference(try reader.readReference("session key handle", "session key index"))
        default:
            key = .none
        }
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(mode.rawValue)
        writer.write(timeout)
        identity.write(to: &writer)
        switch key {
        case .publicKey(let bytes): writer.write(bytes)
        case .reference(let reference): reference.write(to: &writer)
        case .none: break
        }
        writer.write(raw: surplus)
    }
}

/// The server's half. The new session's id stands in the envelope.
public struct SessionSetupAnswer: Equatable, Sendable {
    public var mode: SessionMode
    /// Modes 1 and 3: the encrypted key; 2: the server's public key; 4: cipher (u32, from 2.4 on) and public key.
    public var data: [UInt8]
    /// As in the request.
    public var surplus: [UInt8] = [0, 0]

    public init(mode: SessionMode, data: [UInt8]) {
        self.mode = mode
        self.data = data
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        mode = SessionMode(rawValue: try reader.readUInt16("session mode"))
        data = try reader.readBytes("session key data").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(mode.rawValue)
        writer.write(data)
        writer.write(raw: surplus)
    }
}

/// The second exchange of mode 2, opcode 402: the client's key under the server's.
public struct SessionKeyExchange: Equatable, Sendable {
    public var encryptedKey: [UInt8]
    public var surplus: [UInt8] = []

    public init(encryptedKey: [UInt8]) {
        self.encryptedKey = encryptedKey
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        encryptedKey = try reader.readBytes("encrypted session key").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(encryptedKey)
        writer.write(raw: surplus)
    }
}
