import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

/// Recorded sessions and logins, said again to the real binary over real sockets.
@Suite("Recorded sessions over sockets (RFC 3652 §3.8)")
struct SessionTests {
    @Test(
        "every flow gets the recorded answers, what is said over TCP inside TLS as well",
        arguments: [("session", false), ("real-clients", false), ("session", true), ("real-clients", true)])
    func replay(file: String, isSecure: Bool) throws {
        let running = try RunningNode.ofAdministrators(
            serving: ["--set", "session.old-ciphers=true", "--tls", "127.0.0.1:0"])
        let keys = try RecordedKeys()
        var count = 0
        for session in try RecordedSession.all(in: file) where session.steps[0].flow != "mirror-server" {
            try session.replay(with: keys) { request, vector in
                let isInside = isSecure && vector.transport != "udp"
                return try running.exchange(request, over: isInside ? "tls" : vector.transport)
            } check: { step in
                count += 1
                if let expected = SessionExpectation(step.vector) {
                    #expect(expected.isMet(by: step), "\(step.vector): \(step.live)")
                    return step.live.header.responseCode == .success
                }
                let difference = try step.difference(serverKey: running.serverKey)
                #expect(difference == nil, "\(step.vector)")
                return difference == nil
            }
        }
        #expect(count == (file == "session" ? 174 : 37))
    }

    @Test("the Chinese clients log in on their connection, and have it to themselves", arguments: [false, true])
    func logins(isSecure: Bool) throws {
        let running = try RunningNode.ofChineseClients(
            serving: ["--set", "session.cipher=sm4", "--tls", "127.0.0.1:0"])
        let keys = try ChineseKeys()
        let sink = try ChangeSinks.open(directory: NodeDirectory(running.node.directory))
        #expect(try sink.submit(keys.records).rejections.isEmpty)
        let teleinfo = try running.client(keys, "idis-pointer-sdk", isSecure: isSecure)
        try teleinfo.logIn("pointer-admin-login", "pointer-admin-challenge-answer", as: ChineseKeys.admin)
        #expect(try teleinfo.say("pointer-admin-create-overwrite").header.responseCode == .success)
        #expect(try teleinfo.say("pointer-admin-homeNa").header.responseCode == .notAdministrator)
        #expect(try teleinfo.say("pointer-mgr-heartbeat").envelope.sessionID == 0)
        let other = try running.client(keys, "idis-pointer-sdk", isSecure: isSecure)
        #expect(try other.say("pointer-admin-delete-2").header.responseCode == .sessionTimeout)
        let caict = try running.client(keys, "idis-caict-sdk", isSecure: isSecure)
        #expect(try caict.say("iot-iot-siteinfo").header.responseCode == .success)
        try caict.logIn("iot-iot-login", "iot-iot-challenge-answer", as: ChineseKeys.admin)
        #expect(try caict.say("iot-iot-delete-2").header.responseCode == .handleNotFound)
        #expect(try teleinfo.say("pointer-admin-delete-2").header.responseCode == .success)
    }

    @Test("an encrypted session and its heartbeat in clear share a connection")
    func encrypted() throws {
        let running = try RunningNode.ofChineseClients(serving: ["--set", "session.cipher=sm4"])
        let keys = try ChineseKeys()
        let sink = try ChangeSinks.open(directory: NodeDirectory(running.node.directory))
        #expect(try sink.submit(keys.records).rejections.isEmpty)
        let client = try running.client(keys, "idis-pointer-sdk")
        try client.setUp("pointer-mgrsm4-session-setup")
        #expect(client.cipher?.algorithm == .sm4)
        #expect(try client.say("pointer-mgrsm4-siteinfo").envelope.flags.contains(.encrypted))
        try client.logIn("pointer-mgrsm4-login", "pointer-mgr-challenge-answer", as: ChineseKeys.admin)
        #expect(try !client.say("pointer-mgr-heartbeat").envelope.flags.contains(.encrypted))
        #expect(try client.say("pointer-mgrsm4-mgr-create").header.responseCode == .success)
    }
}

extension RunningNode {
    /// One answer, put together, over a connection of its own.
    func exchange(_ request: [UInt8], over transport: String) throws -> [UInt8] {
        if transport == "tls" {
            let socket = try secureSocket()
            try socket.send(request)
            return try socket.readMessage()
        }
        guard transport == "udp" else {
            let socket = try TestSocket.stream(to: node.tcpPort)
            try socket.send(request)
            return socket.readMessage()
        }
        let socket = try TestSocket.datagram(to: node.udpPort)
        try socket.send(request)
        return RecordedSession.assembled(socket.receiveFragments())
    }

    private func secureSocket() throws -> TestSecureSocket {
        try TestSecureSocket(to: #require(node.tlsPort), trusting: .certificates([certificate]), name: "127.0.0.1")
    }

    /// A client with one connection to the node.
    func client(_ keys: ChineseKeys, _ file: String, isSecure: Bool = false) throws -> ChineseClient {
        if isSecure {
            let socket = try secureSocket()
            return ChineseClient(keys, file) { request in
                try socket.send(request)
                return try socket.readMessage()
            }
        }
        let socket = try TestSocket.stream(to: node.tcpPort)
        return ChineseClient(keys, file) { request in
            try socket.send(request)
            return socket.readMessage()
        }
    }
}
