public import BanyanRegistry
public import HandleProtocol

/// Who does what follows in a batch file, and in what kind of session: of use where it goes to a server.
public enum BatchLogin: Sendable {
    case secretKey(ValueReference, secret: [UInt8])
    case privateKey(ValueReference, file: String, passphrase: [UInt8]?)
    case session(Session)
    /// A block that cannot be understood. Its text holds secrets: it is never written into a file of rejects.
    case malformed(RowError)

    public struct Session: Sendable {
        public var keyReference: ValueReference?
        public var keyFile: String?
        public var passphrase: [UInt8]?
        public var encrypts = false
        public var authenticates = true
        public var hours: Int?

        public init() {}
    }

    /// Reads a block whose first line has been cut into verb and argument.
    static func parse(_ verb: String, _ argument: [UInt8], _ rows: [[UInt8]]) -> BatchLogin {
        verb == "AUTHENTICATE" ? authentication(argument, rows) : session(rows)
    }

    /// `SECKEY:300:0.NA/88.118.8` and the secret, or `PUBKEY:…` and `FILE|PASSPHRASE`.
    private static func authentication(_ argument: [UInt8], _ rows: [[UInt8]]) -> BatchLogin {
        let parts = argument.split(separator: UInt8(ascii: ":"), maxSplits: 1)
        guard parts.count == 2, let identity = ValueReference(String(decoding: parts[1], as: UTF8.self)),
            let line = rows.first, !line.isEmpty
        else {
            return .malformed(
                RowError(
                    field: "AUTHENTICATE",
                    "give SECKEY:INDEX:HANDLE or PUBKEY:INDEX:HANDLE, and the secret or the key file in the next line"))
        }
        switch String(decoding: parts[0], as: UTF8.self) {
        case "SECKEY": return .secretKey(identity, secret: line)
        case "PUBKEY":
            let words = line.split(separator: UInt8(ascii: "|"), maxSplits: 1)
            return .privateKey(
                identity, file: String(decoding: words.first ?? [], as: UTF8.self),
                passphrase: words.count > 1 ? Array(words[1]) : nil)
        default: return .malformed(RowError(field: "AUTHENTICATE", "accepted: SECKEY or PUBKEY"))
        }
    }

    /// Lines of `NAME:value`. USESESSION is not looked at: whatever goes to a server goes in a session.
    private static func session(_ rows: [[UInt8]]) -> BatchLogin {
        var session = Session()
        for row in rows {
            let parts = row.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = String(decoding: parts[1], as: UTF8.self)
            switch String(decoding: parts[0], as: UTF8.self) {
            case "PUBEXNGKEYREF": session.keyReference = ValueReference(value)
            case "PRIVEXNGKEYFILE": session.keyFile = value
            case "PASSPHRASE": session.passphrase = Array(parts[1])
            case "OPTIONS":
                session.encrypts = value.first == "1"
                session.authenticates = value.dropFirst().first != "0"
            case "TIMEOUT": session.hours = Int(value)
            default: continue
            }
        }
        return .session(session)
    }
}

/// A sink that cares who does what: a server.
public protocol LoginSink: ChangeSink {
    /// What is handed over from now on is done so; called when nothing is under way.
    func logIn(_ login: BatchLogin) throws(BulkError)
}
