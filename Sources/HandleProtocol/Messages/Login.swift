// Logins of Chinese clients; no RFC knows them.

/// Login with a name and a password in clear, opcode 2000. Laid out as a query.
public struct PasswordLogin: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    public var user: [UInt8]
    /// Empty in what clients send.
    public var indexes: [UInt32]
    /// One, in what clients send.
    public var passwords: [[UInt8]]
    public var surplus: [UInt8] = []

    public init(user: [UInt8], password: [UInt8]) {
        self.user = user
        indexes = []
        passwords = [password]
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        user = try reader.readBytes("user name").array
        indexes = try reader.readIndexes("index list")
        passwords = try reader.readList("password list")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(user)
        writer.write(indexes)
        writer.write(passwords)
        writer.write(raw: surplus)
    }

    /// Without name and password, so that printing a message tells neither.
    public var description: String { "PasswordLogin" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who has logged in with a password, as the server knows them.
public struct PasswordLoginAnswer: Equatable, Sendable {
    public var identifier: [UInt8]
    public var count: UInt32
    public var surplus: [UInt8] = []

    public init(identifier: [UInt8], count: UInt32) {
        self.identifier = identifier
        self.count = count
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        identifier = try reader.readBytes("login identifier").array
        count = try reader.readUInt32("login count")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(identifier)
        writer.write(count)
        writer.write(raw: surplus)
    }
}

/// Login with a key, opcode 2001: the key's handle and index. The answer is a challenge.
public struct KeyLogin: Equatable, Sendable {
    public var key: ValueReference
    public var surplus: [UInt8] = []

    public init(key: ValueReference) {
        self.key = key
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        key = try reader.readReference("key handle", "key index")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        writer.write(raw: surplus)
    }
}
