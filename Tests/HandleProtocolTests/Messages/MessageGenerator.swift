import BanyanTestSupport
import HandleProtocol

/// Random messages of every kind, as we make them or with surplus bytes.
struct MessageGenerator {
    var random: SeededGenerator

    static let versions = [
        ProtocolVersion(1, 0), ProtocolVersion(2, 0), ProtocolVersion(2, 1), ProtocolVersion(2, 8),
        ProtocolVersion(2, 9), .current, ProtocolVersion(3, 0), ProtocolVersion(5, 0),
    ]
    static let requestCodes: [OpCode] = [
        .resolution, .getSiteInfo, .createHandle, .deleteHandle, .addValue, .removeValue, .modifyValue, .listHandles,
        .listDerivedPrefixes, .challengeAnswer, .verifyChallenge, .homePrefix, .unhomePrefix, .listHomedPrefixes,
        .sessionSetup, .sessionTerminate, .sessionExchangeKey, .nextTransactionID, .retrieveTransactions,
        .dumpHandles, .checkpoint, .loginWithPassword, .loginWithKey, OpCode(rawValue: 77),
    ]
    static let answerCodes: [ResponseCode] = [
        .success, .error, .handleNotFound, .serviceReferral, .prefixReferral, .authenticationNeeded,
        ResponseCode(rawValue: 900),
    ]

    mutating func bytes() -> [UInt8] { random.bytes(0...40) }
    mutating func integer<T: FixedWidthInteger>() -> T { T.random(in: T.min...T.max, using: &random) }
    mutating func list<T>(_ make: (inout MessageGenerator) -> T) -> [T] {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in make(&self) }
    }
    mutating func reference() -> ValueReference { ValueReference(handle: bytes(), index: integer()) }

    mutating func value() -> HandleValue {
        HandleValue(
            index: integer(), timestamp: integer(), timeToLive: TimeToLive(kind: integer(), value: integer()),
            permissions: Permission(rawValue: integer()), type: bytes(), data: bytes(),
            references: list { $0.reference() })
    }

    mutating func digest() -> RequestDigest {
        guard let kind = random.pick(RequestDigest.Kind.allCases), Bool.random(using: &random) else {
            return .counted(bytes())
        }
        return .ofKind(kind, random.bytes(kind.byteCount...kind.byteCount))
    }

    mutating func mirror() -> MirrorPosition {
        MirrorPosition(hashOption: HashOption(rawValue: integer()), serverCount: integer(), position: integer())
    }

    mutating func request(_ code: OpCode, version: ProtocolVersion) -> RequestBody {
        switch code {
        case .resolution:
            return .query(
                Query(
                    handle: bytes(), indexes: list { $0.integer() }, types: list { $0.bytes() },
                    authorisation: Bool.random(using: &random) ? bytes() : nil))
        case .createHandle, .addValue, .modifyValue:
            return .values(ValuesRequest(handle: bytes(), values: list { $0.value() }))
        case .removeValue: return .removeValues(RemoveValuesRequest(handle: bytes(), indexes: list { $0.integer() }))
        case .challengeAnswer:
            return .challengeAnswer(ChallengeAnswer(keyType: bytes(), key: reference(), answer: bytes()))
        case .verifyChallenge:
            return .verifyChallenge(
                VerifyChallenge(key: reference(), nonce: bytes(), digest: digest(), answer: bytes()))
        case .sessionSetup: return .sessionSetup(setup())
        case .sessionExchangeKey: return .sessionKeyExchange(SessionKeyExchange(encryptedKey: bytes()))
        case .retrieveTransactions:
            return .transactions(TransactionsRequest(known: known(version), mirror: mirror()))
        case .dumpHandles:
            let resume = DumpRequest.ResumePoint(handle: bytes(), table: integer())
            return .dump(DumpRequest(mirror: mirror(), resume: Bool.random(using: &random) ? resume : nil))
        case .loginWithPassword: return .passwordLogin(PasswordLogin(user: bytes(), password: bytes()))
        case .loginWithKey: return .keyLogin(KeyLogin(key: reference()))
        case OpCode(rawValue: 77): return .unknown(bytes())
        default: return .handle(HandleRequest(handle: bytes()))
        }
    }

    private mutating func known(_ version: ProtocolVersion) -> TransactionsRequest.Known {
        guard version.hasFeatures(of2: 9) else { return .position(transactionID: integer(), date: integer()) }
        return switch Int.random(in: 0...2, using: &random) {
        case 0: .states(bytes())
        case 1: .markedPosition(transactionID: integer(), date: integer())
        default: .journal(journalPosition())
        }
    }

    mutating func journalPosition() -> JournalPosition {
        let chain = random.bytes(JournalPosition.chainByteCount...JournalPosition.chainByteCount)
        return JournalPosition(
            sequence: integer(), chain: chain, term: integer(), follows: Bool.random(using: &random))
    }

    mutating func nodeRecord() -> NodeRecord {
        switch Int.random(in: 0...9, using: &random) {
        case 0: .mark(journalPosition(), date: integer())
        case 1: .entry(sequence: integer(), bytes: bytes(), after: Bool.random(using: &random) ? bytes() : nil)
        case 2: .record(key: bytes(), bytes: bytes())
        case 3:
            .prefix(
                NodeRecord.PrefixState(
                    name: bytes(), state: integer(), caseRule: integer(), sequence: integer(), handleCount: integer(),
                    recordCount: integer(), digest: random.bytes(32...32), rules: bytes()))
        case 4: .setting(name: bytes(), value: bytes())
        case 5: .page(lastKey: bytes())
        case 6: .digest(key: bytes(), digest: random.bytes(32...32))
        case 7: .chainAlgorithm(integer())
        case 8: .document(key: bytes(), value: bytes(), sequence: integer())
        default: .end
        }
    }

    private mutating func setup() -> SessionSetup {
        let mode = SessionMode(rawValue: UInt16.random(in: 0...5, using: &random))
        let key: SessionSetup.Key =
            switch mode {
            case .clientKey, .diffieHellman: .publicKey(bytes())
            case .handleKey: .reference(reference())
            default: .none
            }
        return SessionSetup(mode: mode, timeout: integer(), identity: reference(), key: key)
    }

    mutating func answer(_ code: OpCode, _ response: ResponseCode, version: ProtocolVersion) -> AnswerBody {
        switch response {
        case .success: return success(code)
        case .authenticationNeeded:
            return .challenge(Challenge(nonce: bytes(), digest: version.hasFeatures(of2: 1) ? nil : bytes()))
        case .serviceReferral, .prefixReferral:
            return .referral(
                Referral(handle: bytes(), values: Bool.random(using: &random) ? list { $0.value() } : nil))
        default: return .error(ErrorBody(message: "Überlauf 溢出"))
        }
    }

    private mutating func success(_ code: OpCode) -> AnswerBody {
        switch code {
        case .resolution: .values(QueryAnswer(handle: bytes(), values: list { $0.value() }))
        case .getSiteInfo: .site(bytes())
        case .createHandle: .created(HandleRequest(handle: bytes()))
        case .listHandles, .listDerivedPrefixes, .listHomedPrefixes: .handles(HandleList(handles: list { $0.bytes() }))
        case .verifyChallenge: .verified(VerifyAnswer(isValid: Bool.random(using: &random)))
        case .sessionSetup: .sessionSetup(SessionSetupAnswer(mode: SessionMode(rawValue: integer()), data: bytes()))
        case .retrieveTransactions: .stream(StreamAnnouncement(flags: integer()))
        case .loginWithPassword: .passwordLogin(PasswordLoginAnswer(identifier: bytes(), count: integer()))
        default: .empty(surplus: bytes())
        }
    }

    mutating func credential() -> Credential {
        Credential(
            type: Credential.authenticated, sessionCounter: integer(), digestName: bytes(), signature: bytes())
    }

    /// A message around a body.
    mutating func message(
        _ body: [UInt8], _ code: OpCode, _ response: ResponseCode, version: ProtocolVersion, flags: OpFlags
    ) -> Message {
        let field: CredentialField =
            switch Int.random(in: 0...2, using: &random) {
            case 0: .omitted
            case 1: .none
            default: CredentialField(credential())
            }
        return Message(
            envelope: Envelope(
                version: version, suggested: ProtocolVersion(2, integer()), sessionID: integer(),
                requestID: integer(), messageByteCount: 0),
            header: MessageHeader(
                opCode: code, responseCode: response, flags: flags, siteSerial: integer(),
                recursionCount: integer(), reserved: integer(), expiration: integer()),
            body: body, credential: field, trailing: field == .omitted ? [] : bytes())
    }
}
