import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@testable import HandleClient

@Suite("Sessions from the client's side (RFC 3652 §3.8)")
struct SessionTests {
    /// A server's end of one session, without a socket: sets up, challenges, and answers what it is told to.
    struct Server {
        var cipher: SessionCipher?
        var counter: UInt32 = 0
        static let number: UInt32 = 0x4000_0001

        mutating func setUp(_ request: Message) throws -> [UInt8] {
            guard case .sessionSetup(let setup) = try RequestBody(parsing: request),
                case .publicKey(let key) = setup.key
            else { throw TestFailure("no set-up") }
            let (data, cipher) = try SessionKeyAgreement.answer(toDiffieHellman: key, version: .current)
            self.cipher = cipher
            let digest = RequestDigest(of: request.signedBytes(), for: .current)
            return ScriptedServer.reply(
                to: request, Answer(digest: digest, .sessionSetup(SessionSetupAnswer(mode: setup.mode, data: data)))
            ) { $0.envelope.sessionID = Self.number }
        }

        func open(_ bytes: [UInt8]) throws -> Message {
            guard let sealed = try? SealedMessage(parsing: bytes.rawSpan) else {
                return try Message(parsing: bytes.rawSpan)
            }
            guard let cipher else { throw TestFailure("sealed too early") }
            let content = try cipher.decrypt(sealed.ciphertext, version: .current)
            var envelope = sealed.envelope
            envelope.flags.remove(.encrypted)
            return try Message(envelope: envelope, content: content.rawSpan)
        }

        /// Authenticates, and encrypts where it was asked for, an answer in clear.
        mutating func protect(_ answer: [UInt8], counter wanted: UInt32? = nil) throws -> [UInt8] {
            guard let cipher else { throw TestFailure("no key") }
            var message = try Message(parsing: answer.rawSpan)
            counter = wanted ?? counter + 1
            message.credential = CredentialField(
                MessageCertificate.authenticate(message, counter: counter, sessionKey: cipher.key))
            guard message.header.flags.contains(.encrypt) else { return message.bytes() }
            return SealedMessage(
                envelope: message.envelope, ciphertext: try cipher.encrypt(message.content(), version: .current)
            ).bytes()
        }

        func isAuthentic(_ request: Message) throws -> Bool {
            guard let cipher, let credential = try request.credential.parsed() else { return false }
            return MessageCertificate.isAuthentic(request, credential, sessionKey: cipher.key)
        }
    }

    static func bytes(_ action: SessionConversation.Action) throws -> [UInt8] {
        guard case .send(let bytes) = action else { throw TestFailure("nothing to send: \(action)") }
        return bytes
    }

    static func parsed(_ bytes: [UInt8]) throws -> Message { try Message(parsing: bytes.rawSpan) }

    static func receive(_ bytes: [UInt8], _ talk: inout SessionConversation) -> SessionConversation.Action {
        talk.received(bytes.rawSpan, at: 1_000)
    }

    static func conversation(_ change: (inout SessionOptions) -> Void = { _ in }) -> SessionConversation {
        var options = SessionOptions()
        options.window = 3
        change(&options)
        return SessionConversation(
            authentication: AdministrationTests.authentication, options: options, firstRequestID: 100)
    }

    static let deletion = AdministrativeRequest.delete(handle: Array("88.118.8/A".utf8))

    /// A session in which the server knows who asks.
    static func proven(
        _ change: (inout SessionOptions) -> Void = { _ in }
    ) throws -> (SessionConversation, Server) {
        var talk = conversation(change)
        var server = Server()
        let setup = try Self.parsed(talk.opened(at: 1_000))
        let answer = try server.setUp(setup)
        let probe = try server.open(bytes(receive(answer, &talk)))
        let challenge = try server.protect(AdministrationTests.challenge(probe).inSession)
        let proof = try server.open(bytes(Self.receive(challenge, &talk)))
        #expect(proof.header.opCode == .challengeAnswer && proof.envelope.sessionID == Server.number)
        let done = try server.protect(
            AdministrationTests.answer(
                proof, .resolution, .values(QueryAnswer(handle: Array("0.NA/88.118.8".utf8), values: []))))
        guard case .ready = Self.receive(done, &talk) else { throw TestFailure("not ready") }
        return (talk, server)
    }

    @Test("a session is set up, its administrator proven once, and then each request has its own code and counter")
    func proof() throws {
        var (talk, server) = try Self.proven()
        #expect(talk.isProven)
        var counters: [UInt32] = []
        for token in 1...3 {
            let request = try server.open(try talk.submit(Self.deletion, token: token, at: 1_000))
            #expect(try server.isAuthentic(request))
            #expect(request.envelope.sessionID == Server.number)
            counters += [try #require(try request.credential.parsed()).sessionCounter]
        }
        #expect(counters == [3, 4, 5])
        #expect(!talk.hasRoom)
    }

    @Test("answers find their requests in any order", arguments: [false, true])
    func order(encrypts: Bool) throws {
        var (talk, server) = try Self.proven { $0.encrypts = encrypts }
        var requests: [Message] = []
        for token in 1...3 {
            let bytes = try talk.submit(Self.deletion, token: token, at: 1_000)
            #expect(((try? SealedMessage(parsing: bytes.rawSpan)) != nil) == encrypts)
            requests.append(try server.open(bytes))
        }
        for (position, code) in [(2, ResponseCode.success), (0, .handleNotFound), (1, .notAdministrator)] {
            let body: AnswerBody = code == .success ? .empty(surplus: []) : .error(ErrorBody())
            let answer = try server.protect(ScriptedServer.reply(to: requests[position], Answer(body), code: code))
            guard case .answered(let token, let message, _, isLast: true) = Self.receive(answer, &talk)
            else { throw TestFailure("no answer") }
            #expect(token == position + 1)
            #expect(message.header.responseCode == code)
        }
        #expect(talk.pendingCount == 0)
    }

    enum Forgery: CaseIterable { case withoutCode, wrongCode, repeatedCounter, inClear }

    @Test("an answer that is not the session's ends it", arguments: Forgery.allCases)
    func forged(_ forgery: Forgery) throws {
        var (talk, server) = try Self.proven { $0.encrypts = forgery == .inClear }
        let request = try server.open(try talk.submit(Self.deletion, token: 1, at: 1_000))
        let plain = ScriptedServer.reply(to: request, Answer(.empty(surplus: [])))
        var answer = plain
        switch forgery {
        case .withoutCode: break
        case .wrongCode:
            answer = try server.protect(plain)
            answer[answer.count - 1] ^= 1
        case .repeatedCounter: answer = try server.protect(plain, counter: 1)
        case .inClear:
            var message = try Message(parsing: plain.rawSpan)
            let key = try #require(server.cipher).key
            message.credential = CredentialField(
                MessageCertificate.authenticate(message, counter: 99, sessionKey: key))
            answer = message.bytes()
        }
        guard case .end(.notOfSession) = Self.receive(answer, &talk) else {
            throw TestFailure("\(forgery) was taken")
        }
        #expect(!talk.hasRoom)
        #expect(talk.pendingTokens == [1])
    }

    @Test("without a challenge at first, requests go one at a time until one is challenged")
    func lateChallenge() throws {
        var talk = Self.conversation()
        var server = Server()
        let setup = try Self.parsed(talk.opened(at: 1_000))
        let answer = try server.setUp(setup)
        let probe = try server.open(Self.bytes(Self.receive(answer, &talk)))
        let elsewhere = try server.protect(ScriptedServer.refused(probe, .serverNotResponsible))
        guard case .ready = Self.receive(elsewhere, &talk) else { throw TestFailure("not ready") }
        let request = try server.open(try talk.submit(Self.deletion, token: 1, at: 1_000))
        #expect(!talk.hasRoom)
        let challenge = try server.protect(AdministrationTests.challenge(request).inSession)
        let proof = try server.open(Self.bytes(Self.receive(challenge, &talk)))
        let done = try server.protect(AdministrationTests.answer(proof, .deleteHandle))
        guard case .answered(1, _, _, isLast: true) = Self.receive(done, &talk) else {
            throw TestFailure("no answer")
        }
        #expect(talk.isProven && talk.hasRoom)
    }

    @Test("what the server refuses at the set-up or in the proof is told by its code")
    func refused() throws {
        var talk = Self.conversation()
        let setup = try Self.parsed(talk.opened(at: 1_000))
        let digest = RequestDigest(of: setup.signedBytes(), for: .current)
        let no = ScriptedServer.reply(to: setup, Answer(digest: digest, .error(ErrorBody())), code: .sessionFailed)
        guard case .end(.sessionRefused(.sessionFailed)) = Self.receive(no, &talk) else {
            throw TestFailure("set up all the same")
        }
        var login = Self.conversation { $0.kind = .login }
        let request = try Self.parsed(login.opened(at: 1_000))
        #expect(request.header.opCode == .loginWithKey)
        let challenge = AdministrationTests.challenge(request)
        let proof = try Self.parsed(Self.bytes(Self.receive(challenge, &login)))
        let wrong = AdministrationTests.answer(
            proof, .loginWithKey, .error(ErrorBody()), code: .authenticationFailed)
        guard case .end(.identityRefused(.authenticationFailed)) = Self.receive(wrong, &login) else {
            throw TestFailure("logged in all the same")
        }
    }

    @Test("with the recorded keys the same bytes are sent as by the recorded client")
    func vectors() throws {
        var compared = 0
        for vector in try Vectors.load("session") where vector.transport == "tcp" {
            guard let key = vector.secrets["session_key_hex"].hex, let number = vector.secrets["alg"].integer,
                let counter = vector.secrets["session_counter"].integer, counter > 0,
                let recorded = try? Message(parsing: vector.request.rawSpan),
                let credential = try recorded.credential.parsed(), !vector.what.contains("bit flipped"),
                !vector.what.contains("bad MAC")
            else { continue }
            let cipher = try SessionCipher(
                SessionCipher.Algorithm(rawValue: UInt32(clamping: number)), key: SecretBytes(key))
            var session = ClientSession(
                number: recorded.envelope.sessionID, cipher: cipher, encrypts: false,
                authenticatesAnswers: recorded.header.flags.contains(.certify),
                counter: credential.sessionCounter - 1)
            var request = recorded
            request.credential = .none
            #expect(try session.protect(&request) == vector.request, "\(vector.name)")
            compared += 1
        }
        #expect(compared > 40)
    }
}

extension [UInt8] {
    /// A challenge that names the session that it belongs to.
    fileprivate var inSession: [UInt8] {
        var bytes = self
        var writer = ByteWriter()
        writer.write(SessionTests.Server.number)
        bytes.replaceSubrange(4..<8, with: writer.bytes)
        return bytes
    }
}
