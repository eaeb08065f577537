import BanyanAdmin
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Logins of Chinese clients, as recorded, with live challenges")
struct ChineseLoginTests {
    @Test("one SDK logs in with an RSA key in a session of its own number, and registers")
    func pointer() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        // Its number is nobody's before it has logged in.
        #expect(try client.say("pointer-admin-create").header.responseCode == .sessionTimeout)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseNode.admin)
        for name in [
            "create", "create-overwrite", "add", "update", "pubkey-plain-pem", "pubkey-encoded", "vlist", "signature",
            "remove-values",
        ] {
            let answer = try client.say("pointer-admin-" + name)
            #expect(answer.header.responseCode == .success, "\(name)")
            #expect(answer.envelope.sessionID == 10_001)
        }
        // He administers no server: refused, and never challenged again.
        #expect(try client.say("pointer-admin-homeNa").header.responseCode == .notAdministrator)
        for name in ["delete", "delete-2"] {
            #expect(try client.say("pointer-admin-" + name).header.responseCode == .success, "\(name)")
        }
        let heartbeat = try client.say("pointer-mgr-heartbeat")
        #expect(heartbeat.envelope.sessionID == 0)
        #expect(heartbeat.header.opCode == .resolution)
    }

    @Test("an SM2 key logs in as well")
    func sm2() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        try client.logIn("pointer-sm2ec-login", "pointer-sm2ec-challenge-answer", as: ChineseNode.sm2Admin)
        #expect(try client.say("pointer-admin-create").header.responseCode == .success)
        // The record names another administrator.
        #expect(try client.say("pointer-sm2ec-pubkey-sm2").header.responseCode == .notAdministrator)
        try node.appoint(ChineseNode.sm2Admin, of: "88.118.8/SN-0001", index: 101)
        #expect(try client.say("pointer-sm2ec-pubkey-sm2").header.responseCode == .success)
    }

    @Test("the other SDK logs in without any number, by version 2.3, and registers")
    func caict() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-caict-sdk", connection: 1)
        #expect(try client.say("iot-iot-siteinfo").header.responseCode == .success)
        try client.logIn("iot-iot-login", "iot-iot-challenge-answer", as: ChineseNode.admin)
        #expect(try client.say("iot-iot-create").header.responseCode == .success)
        // Nobody administers what was created without an administrator; that is said, not asked about again.
        #expect(try client.say("iot-iot-add").header.responseCode == .notAdministrator)
        try node.appoint(ChineseNode.admin, of: "88.118.8/SN-0001", index: 102)
        for name in ["add", "modify", "admin"] {
            #expect(try client.say("iot-iot-" + name).header.responseCode == .success, "\(name)")
        }
        #expect(try client.say("iot-iot-delete-2").header.responseCode == .handleNotFound)
    }

    @Test("the Python client is challenged, and answers over another connection")
    func python() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-python-client", connection: 1)
        let challenge = try client.say("py-auth-create")
        #expect(challenge.header.responseCode == .authenticationNeeded)
        #expect((0x4000_0000...0x7FFF_FFFF).contains(challenge.envelope.sessionID))
        let other = ChineseClient(node, "idis-python-client", connection: 2)
        let answer = try other.answer("py-auth-challenge-answer", to: challenge, as: ChineseNode.admin)
        #expect(answer.header.responseCode == .success)
        #expect(answer.header.opCode == .createHandle)
    }

    @Test("a login is its connection's: no other has it, whatever number it names, nor the same one when it is over")
    func foreignConnection() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseNode.admin)
        let other = ChineseClient(node, "idis-pointer-sdk", connection: 2)
        #expect(try other.say("pointer-admin-create").header.responseCode == .sessionTimeout)
        let plain = ChineseClient(node, "idis-caict-sdk", connection: 2)
        #expect(try plain.say("iot-iot-create").header.responseCode == .authenticationNeeded)
        #expect(try client.say("pointer-admin-create").header.responseCode == .success)
        node.service.service.connectionClosed(1)
        #expect(try client.say("pointer-admin-add").header.responseCode == .sessionTimeout)
    }

    @Test("another's challenge is nothing to answer on one's own connection")
    func foreignChallenge() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        let other = ChineseClient(node, "idis-pointer-sdk", connection: 2)
        let challenge = try client.say("pointer-admin-login")
        #expect(
            try other.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseNode.admin)
                .header.responseCode == .sessionTimeout)
        // Both log in at once: each has to answer its own.
        _ = try other.say("pointer-admin-login")
        #expect(
            try other.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseNode.admin)
                .header.responseCode == .authenticationFailed)
        #expect(
            try client.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseNode.admin)
                .header.responseCode == .success)
        #expect(try other.say("pointer-admin-create").header.responseCode != .success)
    }

    @Test("who asked to log in is the one who must prove himself; a failed login is no login")
    func failedLogin() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        let challenge = try client.say("pointer-admin-login")
        #expect(
            try client.answer("pointer-sm2ec-challenge-answer", to: challenge, as: ChineseNode.sm2Admin)
                .header.responseCode == .authenticationFailed)
        // He is told to log in, since he would take a challenge for success.
        let caict = ChineseClient(node, "idis-caict-sdk", connection: 1)
        #expect(try caict.say("iot-iot-create").header.responseCode == .loginNeeded)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseNode.admin)
        #expect(try client.say("pointer-admin-login").header.responseCode == .alreadyLoggedIn)
        #expect(node.service.service.sessionFigures.logins == 1)
        #expect(node.service.service.sessionFigures.loginsFailed == 1)
    }

    @Test("who has logged in, or tried to, is not challenged for what he reads either")
    func restrictedReading() throws {
        let node = try ChineseNode()
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        let recorded = try Vectors.load("session", name: "setup-anonymous/3")
        let body = try RequestBody(parsing: Message(parsing: recorded.request.rawSpan))
        let reading = Message.request(.resolution, body, flags: [.recursive], session: 10_001).bytes()
        let challenge = try client.say("pointer-admin-login")
        _ = try client.answer("pointer-sm2ec-challenge-answer", to: challenge, as: ChineseNode.sm2Admin)
        // Whose connection it is not belongs to nobody: his number is refused.
        #expect(try client.send(reading).header.responseCode == .sessionTimeout)
        let plain = Message.request(.resolution, body, flags: [.recursive]).bytes()
        #expect(try client.send(plain).header.responseCode == .loginNeeded)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseNode.admin)
        for request in [reading, plain] {
            #expect(try client.send(request).header.responseCode == .notAdministrator)
        }
    }

    @Test("a login with a password in clear is not done, and its client is told to log in before it writes")
    func password() throws {
        let node = try ChineseNode()
        let login = Message.request(
            .loginWithPassword, .passwordLogin(PasswordLogin(user: Array("88.118.8/admin".utf8), password: [0x31])))
        let client = ChineseClient(node, "idis-caict-sdk", connection: 1)
        #expect(try client.send(login.bytes()).header.responseCode == .operationNotSupported)
        #expect(try client.say("iot-iot-create").header.responseCode == .loginNeeded)
    }

    @Test("in an encrypted session everything is encrypted but the heartbeat", arguments: [false, true])
    func encrypted(prefersSM4: Bool) throws {
        let node = try ChineseNode(ciphers: SessionCiphers(prefersSM4: prefersSM4))
        let client = ChineseClient(node, "idis-pointer-sdk", connection: 1)
        try client.setUp("pointer-mgrsm4-session-setup")
        #expect(client.cipher?.algorithm == (prefersSM4 ? .sm4 : .aes))
        let flow = prefersSM4 ? "pointer-mgrsm4-" : "pointer-mgrenc-"
        let site = try client.say(flow + "siteinfo")
        #expect(site.header.responseCode == .success && site.envelope.flags.contains(.encrypted))
        try client.logIn(flow + "login", "pointer-mgr-challenge-answer", as: ChineseNode.admin)
        let created = try client.say(flow + "mgr-create")
        #expect(created.header.responseCode == .success && created.envelope.flags.contains(.encrypted))
        #expect(created.envelope.sessionID == 10_001)
        let heartbeat = try client.say("pointer-mgr-heartbeat")
        #expect(!heartbeat.envelope.flags.contains(.encrypted))
        // The key is the connection's as well.
        let other = ChineseClient(node, "idis-pointer-sdk", connection: 2)
        other.cipher = client.cipher
        #expect(try other.say(flow + "siteinfo").header.responseCode == .sessionTimeout)
    }
}

/// A recorded client on one connection.
final class ChineseClient {
    let node: ChineseNode
    let file: String
    let peer: Peer
    var cipher: SessionCipher?

    init(_ node: ChineseNode, _ file: String, connection: UInt64) {
        self.node = node
        self.file = file
        peer = Peer(
            addressHigh: 0, addressLow: 0xFFFF_7F00_0001, port: UInt16(truncatingIfNeeded: 40_000 + connection),
            connection: connection)
    }

    /// Sends a recorded request; what was encrypted is encrypted with the live key.
    func say(_ name: String) throws -> Message {
        let vector = try Vectors.load(file, name: name)
        guard let plain = vector.fields["plain_hex"].hex else { return try send(vector.request) }
        return try send(sealed(plain, in: Envelope(parsing: vector.request.rawSpan)))
    }

    private func sealed(_ content: [UInt8], in envelope: Envelope) throws -> [UInt8] {
        let cipher = try #require(cipher)
        let ciphertext = try cipher.encrypt(content, version: envelope.version)
        return SealedMessage(envelope: envelope, ciphertext: ciphertext).bytes()
    }

    /// The answer; its envelope tells whether it came encrypted.
    func send(_ request: [UInt8]) throws -> Message {
        let answer = try #require(node.service.answers(request, from: peer).first)
        guard let sealed = try? SealedMessage(parsing: answer.rawSpan), let cipher else {
            return try Message(parsing: answer.rawSpan)
        }
        let content = try cipher.decrypt(sealed.ciphertext, version: sealed.envelope.version)
        return try Message(envelope: sealed.envelope, content: content.rawSpan)
    }

    /// Sets up a session whose key comes encrypted for the client's own.
    func setUp(_ name: String) throws {
        let answer = try say(name)
        guard case .sessionSetup(let setup) = try HandleProtocol.Answer(parsing: answer).body else {
            throw TestFailure("no session: \(answer.header)")
        }
        #expect(setup.mode == .handleKey)
        #expect(answer.envelope.sessionID == 10_001)
        cipher = try SessionKeyAgreement.openKey(setup.data, with: node.rsaKey, version: answer.envelope.version)
    }

    /// Says the recorded login, checks the challenge as those clients do, and answers it.
    func logIn(_ login: String, _ name: String, as key: ValueReference) throws {
        let challenge = try say(login)
        let vector = try Vectors.load(file, name: login)
        let content = vector.fields["plain_hex"].hex ?? Array(vector.request.dropFirst(Envelope.byteCount))
        let request = try Message(envelope: Envelope(parsing: vector.request.rawSpan), content: content.rawSpan)
        #expect(challenge.header.responseCode == .authenticationNeeded)
        #expect(challenge.header.opCode == .loginWithKey)
        #expect(challenge.header.flags.contains(.requestDigest))
        #expect(challenge.envelope.sessionID == request.envelope.sessionID)
        #expect(try HandleProtocol.Answer(parsing: challenge).digest?.matches(request.signedBytes()) == true)
        let answer = try self.answer(name, to: challenge, as: key)
        #expect(answer.header.responseCode == .success)
        #expect(answer.header.opCode == .loginWithKey)
        #expect(answer.envelope.flags.contains(.encrypted) == challenge.envelope.flags.contains(.encrypted))
    }

    /// Sends the recorded answer to a challenge, with a live proof, and encrypted where the challenge was.
    func answer(_ name: String, to challenge: Message, as key: ValueReference) throws -> Message {
        let vector = try Vectors.load(file, name: name)
        var request = try Message(parsing: vector.request.rawSpan)
        let proof = try ChallengeAnswer(to: challenge, with: node.keys, as: key, type: ValueType.publicKey)
        request.body = RequestBody.challengeAnswer(proof).bytes()
        request.envelope.sessionID = challenge.envelope.sessionID
        guard challenge.envelope.flags.contains(.encrypted) else { return try send(request.bytes()) }
        request.header.flags.insert(.encrypt)
        return try send(sealed(request.content(), in: request.envelope))
    }
}
