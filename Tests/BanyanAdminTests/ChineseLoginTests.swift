import BanyanAdmin
import BanyanRegistry
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
        let client = node.client("idis-pointer-sdk", connection: 1)
        // Its number is nobody's before it has logged in.
        #expect(try client.say("pointer-admin-create").header.responseCode == .sessionTimeout)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseKeys.admin)
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
        let client = node.client("idis-pointer-sdk", connection: 1)
        try client.logIn("pointer-sm2ec-login", "pointer-sm2ec-challenge-answer", as: ChineseKeys.sm2Admin)
        #expect(try client.say("pointer-admin-create").header.responseCode == .success)
        // The record names another administrator.
        #expect(try client.say("pointer-sm2ec-pubkey-sm2").header.responseCode == .notAdministrator)
        try node.submit(ChineseKeys.appoint(ChineseKeys.sm2Admin, of: "88.118.8/SN-0001", index: 101))
        #expect(try client.say("pointer-sm2ec-pubkey-sm2").header.responseCode == .success)
    }

    @Test("the other SDK logs in without any number, by version 2.3, and registers")
    func caict() throws {
        let node = try ChineseNode()
        let client = node.client("idis-caict-sdk", connection: 1)
        #expect(try client.say("iot-iot-siteinfo").header.responseCode == .success)
        try client.logIn("iot-iot-login", "iot-iot-challenge-answer", as: ChineseKeys.admin)
        #expect(try client.say("iot-iot-create").header.responseCode == .success)
        // Nobody administers what was created without an administrator; that is said, not asked about again.
        #expect(try client.say("iot-iot-add").header.responseCode == .notAdministrator)
        try node.submit(ChineseKeys.appoint(ChineseKeys.admin, of: "88.118.8/SN-0001", index: 102))
        for name in ["add", "modify", "admin"] {
            #expect(try client.say("iot-iot-" + name).header.responseCode == .success, "\(name)")
        }
        #expect(try client.say("iot-iot-delete-2").header.responseCode == .handleNotFound)
    }

    @Test("the Python client is challenged, and answers over another connection")
    func python() throws {
        let node = try ChineseNode()
        let client = node.client("idis-python-client", connection: 1)
        let challenge = try client.say("py-auth-create")
        #expect(challenge.header.responseCode == .authenticationNeeded)
        #expect((0x4000_0000...0x7FFF_FFFF).contains(challenge.envelope.sessionID))
        let other = node.client("idis-python-client", connection: 2)
        let answer = try other.answer("py-auth-challenge-answer", to: challenge, as: ChineseKeys.admin)
        #expect(answer.header.responseCode == .success)
        #expect(answer.header.opCode == .createHandle)
    }

    @Test("a login is its connection's: no other has it, whatever number it names, nor the same one when it is over")
    func foreignConnection() throws {
        let node = try ChineseNode()
        let client = node.client("idis-pointer-sdk", connection: 1)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseKeys.admin)
        let other = node.client("idis-pointer-sdk", connection: 2)
        #expect(try other.say("pointer-admin-create").header.responseCode == .sessionTimeout)
        let plain = node.client("idis-caict-sdk", connection: 2)
        #expect(try plain.say("iot-iot-create").header.responseCode == .authenticationNeeded)
        #expect(try client.say("pointer-admin-create").header.responseCode == .success)
        node.service.service.connectionClosed(1)
        #expect(try client.say("pointer-admin-add").header.responseCode == .sessionTimeout)
    }

    @Test("another's challenge is nothing to answer on one's own connection")
    func foreignChallenge() throws {
        let node = try ChineseNode()
        let client = node.client("idis-pointer-sdk", connection: 1)
        let other = node.client("idis-pointer-sdk", connection: 2)
        let challenge = try client.say("pointer-admin-login")
        #expect(
            try other.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseKeys.admin)
                .header.responseCode == .sessionTimeout)
        // Both log in at once: each has to answer its own.
        _ = try other.say("pointer-admin-login")
        #expect(
            try other.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseKeys.admin)
                .header.responseCode == .authenticationFailed)
        #expect(
            try client.answer("pointer-admin-challenge-answer", to: challenge, as: ChineseKeys.admin)
                .header.responseCode == .success)
        #expect(try other.say("pointer-admin-create").header.responseCode != .success)
    }

    @Test("who asked to log in is the one who must prove himself; a failed login is no login")
    func failedLogin() throws {
        let node = try ChineseNode()
        let client = node.client("idis-pointer-sdk", connection: 1)
        let challenge = try client.say("pointer-admin-login")
        #expect(
            try client.answer("pointer-sm2ec-challenge-answer", to: challenge, as: ChineseKeys.sm2Admin)
                .header.responseCode == .authenticationFailed)
        // He is told to log in, since he would take a challenge for success.
        let caict = node.client("idis-caict-sdk", connection: 1)
        #expect(try caict.say("iot-iot-create").header.responseCode == .loginNeeded)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseKeys.admin)
        #expect(try client.say("pointer-admin-login").header.responseCode == .alreadyLoggedIn)
        #expect(node.service.service.sessionFigures.logins == 1)
        #expect(node.service.service.sessionFigures.loginsFailed == 1)
    }

    @Test("who has logged in, or tried to, is not challenged for what he reads either")
    func restrictedReading() throws {
        let node = try ChineseNode()
        let client = node.client("idis-pointer-sdk", connection: 1)
        let recorded = try Vectors.load("session", name: "setup-anonymous/3")
        let body = try RequestBody(parsing: Message(parsing: recorded.request.rawSpan))
        let reading = Message.request(.resolution, body, flags: [.recursive], session: 10_001).bytes()
        let challenge = try client.say("pointer-admin-login")
        _ = try client.answer("pointer-sm2ec-challenge-answer", to: challenge, as: ChineseKeys.sm2Admin)
        // Whose connection it is not belongs to nobody: his number is refused.
        #expect(try client.send(reading).header.responseCode == .sessionTimeout)
        let plain = Message.request(.resolution, body, flags: [.recursive]).bytes()
        #expect(try client.send(plain).header.responseCode == .loginNeeded)
        try client.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseKeys.admin)
        for request in [reading, plain] {
            #expect(try client.send(request).header.responseCode == .notAdministrator)
        }
    }

    @Test("a login with a password in clear is not done, and its client is told to log in before it writes")
    func password() throws {
        let node = try ChineseNode()
        let login = Message.request(
            .loginWithPassword, .passwordLogin(PasswordLogin(user: Array("88.118.8/admin".utf8), password: [0x31])))
        let client = node.client("idis-caict-sdk", connection: 1)
        #expect(try client.send(login.bytes()).header.responseCode == .operationNotSupported)
        #expect(try client.say("iot-iot-create").header.responseCode == .loginNeeded)
    }

    @Test("inside TLS a name and its secret key log in, and what is wrong is told in the same words")
    func passwordInsideTLS() throws {
        let node = try ChineseNode()
        let user = "88.118.8/operator"
        let secrets = [(300, "correct horse"), (301, "电池")].map { index, secret in
            HandleValue(index: UInt32(index), type: ValueType.secretKey, data: Array(secret.utf8))
        }
        var set = ChangeSet(onConflict: .fail)
        var writer = ByteWriter()
        for value in secrets { value.write(to: &writer) }
        set.append(.put(handle: Array(user.utf8), values: writer.bytes))
        try node.submit(set)
        func logIn(_ client: ChineseClient, _ name: String, _ passwords: String...) throws -> Message {
            var login = PasswordLogin(user: Array(name.utf8), password: [])
            login.passwords = passwords.map { Array($0.utf8) }
            return try client.send(Message.request(.loginWithPassword, .passwordLogin(login)).bytes())
        }
        let client = node.client("idis-caict-sdk", connection: 1, isSecure: true)
        var bodies: Set<[UInt8]> = []
        for (name, password) in [
            (user, "correct horse "), (user, ""), ("301:" + user, "correct horse"), ("302:" + user, "电池"),
            ("88.118.8/nobody", "电池"), ("99.1/nobody", "电池"), ("88.118.8/admin", ""), ("", "电池"),
        ] {
            let refused = try logIn(client, name, password)
            #expect(refused.header.responseCode == .authenticationFailed, "\(name)")
            bodies.insert(refused.body)
        }
        #expect(bodies.count == 1)
        #expect(try logIn(client, user, "correct horse", "电池").header.responseCode == .authenticationFailed)
        #expect(try client.say("iot-iot-create").header.responseCode == .loginNeeded)
        let answer = try logIn(client, "301:" + user, "电池")
        #expect(answer.header.responseCode == .success)
        guard case .passwordLogin(let login) = try HandleProtocol.Answer(parsing: answer).body else {
            Issue.record("another body")
            return
        }
        #expect(login.count == 1)
        #expect(try logIn(client, user, "correct horse").header.responseCode == .alreadyLoggedIn)
        // Known, and not an administrator: never asked again.
        #expect(try client.say("iot-iot-create").header.responseCode == .notAdministrator)
        try node.submit(
            ChineseKeys.appoint(ValueReference(handle: Array(user.utf8), index: 301), of: "0.NA/88.118.8", index: 102))
        #expect(try client.say("iot-iot-create").header.responseCode == .success)
        #expect(node.service.service.sessionFigures.logins == 1)
        #expect(node.service.service.sessionFigures.loginsFailed == 9)
    }

    @Test("in an encrypted session everything is encrypted but the heartbeat", arguments: [false, true])
    func encrypted(prefersSM4: Bool) throws {
        let node = try ChineseNode(ciphers: SessionCiphers(prefersSM4: prefersSM4))
        let client = node.client("idis-pointer-sdk", connection: 1)
        try client.setUp("pointer-mgrsm4-session-setup")
        #expect(client.cipher?.algorithm == (prefersSM4 ? .sm4 : .aes))
        let flow = prefersSM4 ? "pointer-mgrsm4-" : "pointer-mgrenc-"
        let site = try client.say(flow + "siteinfo")
        #expect(site.header.responseCode == .success && site.envelope.flags.contains(.encrypted))
        try client.logIn(flow + "login", "pointer-mgr-challenge-answer", as: ChineseKeys.admin)
        let created = try client.say(flow + "mgr-create")
        #expect(created.header.responseCode == .success && created.envelope.flags.contains(.encrypted))
        #expect(created.envelope.sessionID == 10_001)
        let heartbeat = try client.say("pointer-mgr-heartbeat")
        #expect(!heartbeat.envelope.flags.contains(.encrypted))
        // The key is the connection's as well.
        let other = node.client("idis-pointer-sdk", connection: 2)
        other.cipher = client.cipher
        #expect(try other.say(flow + "siteinfo").header.responseCode == .sessionTimeout)
    }
}
