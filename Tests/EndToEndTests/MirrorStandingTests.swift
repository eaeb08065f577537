import BanyanTestSupport
import Foundation
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("What mirrors get beside records, who may be one, and what happens when primaries change")
struct MirrorStandingTests {
    private static func users(_ directory: String) throws -> String {
        try TestProgram.run(["user", "list", "--data", directory, "--json"]).output
    }

    private func add(_ name: String, to pair: MirrorPair) throws {
        let added = try TestProgram.run(
            ["user", "add", name, "--role", "operator", "--data", pair.primary.directory],
            input: Array("Blue-lantern-7\n".utf8))
        #expect(added.status == 0, "\(added.error)")
    }

    @Test("users and prefixes' rules come with everything, and with each change; removed ones go")
    func documents() throws {
        let pair = try MirrorPair()
        try add("before", to: pair)
        let mirror = try pair.serve()
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        #expect(try Self.users(pair.directory) == Self.users(pair.primary.directory))
        try add("after", to: pair)
        let removed = try TestProgram.run(["user", "remove", "before", "--data", pair.primary.directory])
        #expect(removed.status == 0)
        // What is behind them in the journal is there when they are.
        try pair.load(0..<1)
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        let users = try Self.users(pair.directory)
        #expect(users.contains("\"after\"") && !users.contains("\"before\""), "\(users)")
        #expect(try Self.users(pair.primary.directory) == users)
        #expect(try TestProgram.run(["journal", "verify", "--data", pair.directory]).status == 0)
    }

    @Test("one who may only replicate is let in by a verb, and put out by another")
    func admission() throws {
        let pair = try MirrorPair()
        let key = pair.folder.path + "/mirror-key.pem"
        #expect(try TestProgram.run(["key", "generate", key]).status == 0)
        let publicKey = try PrivateKey(pem: SecretBytes(pair.folder.read("mirror-key.pem"))).publicKey()
        let record = base64(try PublicKeyRecord(publicKey).bytes)
        let line =
            #"{"handle":"88.118.8/MIRROR","values":[{"index":300,"type":"HS_PUBKEY","data":{"format":"base64","#
            + #""value":"\#(record)"}}]}"#
        #expect(try pair.primary.run("load", "--format", "ndjson", "-", input: Array(line.utf8)).status == 0)
        let initial = [
            "mirror", "init", "--data", pair.folder.path + "/other", "--of", pair.address, "--as",
            "300:88.118.8/MIRROR",
            "--key", key, "--advertise", "192.0.2.9:2641",
        ]
        #expect(try TestProgram.run(initial).status == 1)
        let data = ["--data", pair.primary.directory]
        #expect(try TestProgram.run(["mirror", "allow", "300:88.118.8/MIRROR"] + data).status == 0)
        #expect(try TestProgram.run(["mirror", "allowed"] + data).output == "300:88.118.8/MIRROR\n")
        let made = try TestProgram.run(initial)
        #expect(made.status == 0, "\(made.error)")
        #expect(try TestProgram.run(["mirror", "refuse", "300:88.118.8/MIRROR"] + data).status == 0)
        #expect(try TestProgram.run(["mirror", "refuse", "300:88.118.8/MIRROR"] + data).status == 1)
        #expect(try TestProgram.run(["mirror", "allowed"] + data).output.isEmpty)
    }

    @Test("who shows another key in TLS than he has proven himself with gets nothing", arguments: [true, false])
    func impostor(isHonest: Bool) throws {
        let pair = try MirrorPair()
        let pem = try String(
            contentsOfFile: pair.primary.directory + "/keys/admin-300-0.NA-88.118.8.pem", encoding: .utf8)
        let key = try PrivateKey(pem: SecretBytes(Array(pem.utf8)))
        let request = TestAdministrator.request(
            .dumpHandles,
            .dump(
                DumpRequest(
                    mirror: .whole,
                    resume: DumpRequest.ResumePoint(handle: [], table: NodeStream.prefixesTable))),
            flags: [.usual, .keepAlive])
        let socket = try TestSocket.stream(to: pair.primaryNode.tcpPort)
        let challenge = try socket.exchange(request)
        let administrator = try #require(ValueReference("300:0.NA/88.118.8"))
        var proof: Message = try TestAdministrator.proof(to: challenge, of: administrator, type: ValueType.publicKey) {
            try $0.answer(key: key, keyHandle: administrator.handle, version: .current)
        }
        proof.header.flags.insert(.keepAlive)
        #expect(try socket.exchange(proof).header.responseCode == .success)
        #expect(socket.read(count: 4) == Array("TLS\0".utf8))
        let shown = isHonest ? key : try PrivateKey.generateRSA()
        let certificate = try Certificate.makeSelfSigned(
            key: shown, names: ["mirror"], start: Int64(Date().timeIntervalSince1970) - 86_400, dayCount: 2)
        let identity = try TLSIdentity(chain: [certificate], key: shown)
        let bytes = try? TestSecureSocket(over: socket, trusting: .anyKey, as: identity).read(count: 4)
        #expect((bytes ?? []) == (isHonest ? [0, 0, 0, UInt8(NodeStream.contentFormat)] : []))
    }

    @Test("what an old primary took alone is shown by a verb, and given up by another")
    func surplus() throws {
        let pair = try MirrorPair()
        try pair.load(0..<20)
        let mirror = try pair.serve()
        #expect(try pair.waitUntilIdentical(), "\(mirror.log)")
        let refused = try TestProgram.run(["promote", "--data", pair.directory])
        #expect(refused.status == 1, "\(refused.error)")
        pair.primaryNode.kill()
        #expect(try TestProgram.run(["promote", "--data", pair.directory]).status == 0)
        try pair.load(100..<103)
        let arguments = [
            "journal", "surplus", "--data", pair.primary.directory, "--against", "127.0.0.1:\(mirror.tcpPort)",
            "--admin", "300:0.NA/88.118.8", "--key",
            pair.primary.directory + "/keys/admin-300-0.NA-88.118.8.pem",
        ]
        let shown = try TestProgram.run(arguments)
        #expect(shown.status == 1, "\(shown.error)")
        #expect(shown.output.split(separator: "\n").count == 3)
        #expect(shown.output.contains("88.118.8/SN-101"))
        #expect(try TestProgram.run(["mirror", "reseed", "--data", pair.primary.directory]).status == 1)
        #expect(try TestProgram.run(["demote", "--data", pair.primary.directory]).status == 0)
        #expect(try TestProgram.run(["mirror", "reseed", "--data", pair.primary.directory]).status == 0)
    }
}
