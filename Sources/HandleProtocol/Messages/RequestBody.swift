/// A request's body, by its opcode (RFC 3652 §3; DO-IRP 3.0). Every form keeps the bytes that stand behind its known
/// fields, so that it is written as it was read.
public enum RequestBody: Equatable, Sendable {
    case query(Query)
    /// Opcodes 2, 101, 105, 106, 300, 301, 302, 401, 1000, 1003.
    case handle(HandleRequest)
    /// Opcodes 100, 102, 104.
    case values(ValuesRequest)
    case removeValues(RemoveValuesRequest)
    case challengeAnswer(ChallengeAnswer)
    case verifyChallenge(VerifyChallenge)
    case sessionSetup(SessionSetup)
    case sessionKeyExchange(SessionKeyExchange)
    case transactions(TransactionsRequest)
    case dump(DumpRequest)
    case passwordLogin(PasswordLogin)
    case keyLogin(KeyLogin)
    /// Of an opcode that we do not know.
    case unknown([UInt8])

    /// Parses the body of a request. Offsets in errors count from the envelope's first byte. Whether it is a request
    /// at all (response code 0) is the caller's to ask.
    public init(parsing message: Message) throws(WireError) {
        try self.init(
            parsing: message.body.rawSpan, opCode: message.header.opCode, version: message.envelope.version)
    }

    public init(parsing body: RawSpan, opCode: OpCode, version: ProtocolVersion) throws(WireError) {
        var reader = ByteReader(body, base: Message.bodyOffset)
        switch opCode {
        case .resolution: self = .query(try Query(parsing: &reader))
        case .getSiteInfo, .deleteHandle, .listHandles, .listDerivedPrefixes, .homePrefix, .unhomePrefix,
            .listHomedPrefixes, .sessionTerminate, .nextTransactionID, .checkpoint:
            self = .handle(try HandleRequest(parsing: &reader))
        case .createHandle, .addValue, .modifyValue: self = .values(try ValuesRequest(parsing: &reader))
        case .removeValue: self = .removeValues(try RemoveValuesRequest(parsing: &reader))
        case .challengeAnswer: self = .challengeAnswer(try ChallengeAnswer(parsing: &reader))
        case .verifyChallenge: self = .verifyChallenge(try VerifyChallenge(parsing: &reader))
        case .sessionSetup: self = .sessionSetup(try SessionSetup(parsing: &reader))
        case .sessionExchangeKey: self = .sessionKeyExchange(try SessionKeyExchange(parsing: &reader))
        case .retrieveTransactions:
            self = .transactions(try TransactionsRequest(parsing: &reader, version: version))
        case .dumpHandles: self = .dump(try DumpRequest(parsing: &reader))
        case .loginWithPassword: self = .passwordLogin(try PasswordLogin(parsing: &reader))
        case .loginWithKey: self = .keyLogin(try KeyLogin(parsing: &reader))
        default: self = .unknown(reader.readRest().array)
        }
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .query(let body): body.write(to: &writer)
        case .handle(let body): body.write(to: &writer)
        case .values(let body): body.write(to: &writer)
        case .removeValues(let body): body.write(to: &writer)
        case .challengeAnswer(let body): body.write(to: &writer)
        case .verifyChallenge(let body): body.write(to: &writer)
        case .sessionSetup(let body): body.write(to: &writer)
        case .sessionKeyExchange(let body): body.write(to: &writer)
        case .transactions(let body): body.write(to: &writer)
        case .dump(let body): body.write(to: &writer)
        case .passwordLogin(let body): body.write(to: &writer)
        case .keyLogin(let body): body.write(to: &writer)
        case .unknown(let bytes): writer.write(raw: bytes)
        }
    }

    public func bytes() -> [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}
