/// What an answer says, by its response code and opcode (RFC 3652 §3). Every form keeps the bytes that stand behind
/// its known fields, so that it is written as it was read.
public enum AnswerBody: Equatable, Sendable {
    case values(QueryAnswer)
    /// The bytes of an HS_SITE record: all that is left of the body.
    case site([UInt8])
    /// The handle that was made: it differs from the request's when a suffix was minted.
    case created(HandleRequest)
    case handles(HandleList)
    case verified(VerifyAnswer)
    case sessionSetup(SessionSetupAnswer)
    case stream(StreamAnnouncement)
    case passwordLogin(PasswordLoginAnswer)
    /// Code 402.
    case challenge(Challenge)
    /// Codes 302 and 303.
    case referral(Referral)
    /// Every other code than success.
    case error(ErrorBody)
    /// A success that says no more, with whatever stands there all the same.
    case empty(surplus: [UInt8])

    /// Parses what follows the request digest.
    public init(
        parsing reader: inout ByteReader, opCode: OpCode, responseCode: ResponseCode, version: ProtocolVersion
    ) throws(WireError) {
        switch responseCode {
        case .success: try self.init(parsingSuccess: &reader, opCode: opCode)
        case .authenticationNeeded: self = .challenge(try Challenge(parsing: &reader, version: version))
        case .serviceReferral, .prefixReferral: self = .referral(try Referral(parsing: &reader))
        default: self = .error(try ErrorBody(parsing: &reader))
        }
    }

    private init(parsingSuccess reader: inout ByteReader, opCode: OpCode) throws(WireError) {
        switch opCode {
        case .resolution: self = .values(try QueryAnswer(parsing: &reader))
        case .getSiteInfo: self = .site(reader.readRest().array)
        case .createHandle where !reader.isAtEnd: self = .created(try HandleRequest(parsing: &reader))
        case .listHandles, .listDerivedPrefixes, .listHomedPrefixes: self = .handles(try HandleList(parsing: &reader))
        case .verifyChallenge: self = .verified(try VerifyAnswer(parsing: &reader))
        case .sessionSetup: self = .sessionSetup(try SessionSetupAnswer(parsing: &reader))
        case .retrieveTransactions: self = .stream(try StreamAnnouncement(parsing: &reader))
        case .loginWithPassword where !reader.isAtEnd:
            self = .passwordLogin(try PasswordLoginAnswer(parsing: &reader))
        default: self = .empty(surplus: reader.readRest().array)
        }
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .values(let body): body.write(to: &writer)
        case .site(let bytes): writer.write(raw: bytes)
        case .created(let body): body.write(to: &writer)
        case .handles(let body): body.write(to: &writer)
        case .verified(let body): body.write(to: &writer)
        case .sessionSetup(let body): body.write(to: &writer)
        case .stream(let body): body.write(to: &writer)
        case .passwordLogin(let body): body.write(to: &writer)
        case .challenge(let body): body.write(to: &writer)
        case .referral(let body): body.write(to: &writer)
        case .error(let body): body.write(to: &writer)
        case .empty(let surplus): writer.write(raw: surplus)
        }
    }
}
