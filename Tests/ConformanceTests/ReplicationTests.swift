import BanyanIndex
import BanyanTestSupport
import Dispatch
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Recorded replication over sockets, with the real binary at either end (operations 1001 and 1002)")
struct ReplicationTests {
    private static let node = Result { try RunningNode.ofRecordedLog() }
    static let vectors: [Vector] = ((try? Vectors.load("replication")) ?? []).filter { !$0.request.isEmpty }

    @Test("a mirror gets the recorded answer and the recorded stream, signed or inside TLS", arguments: vectors)
    func served(vector: Vector) throws {
        let running = try Self.node.get()
        let isAdministrator = vector.name != "dump-not-admin"
        let asker = isAdministrator ? TestAdministrator.server : TestAdministrator("300:0.NA/NOBODY", secret: "x")
        let (answer, socket) = try Self.answer(to: vector.request, as: asker, of: running.node)
        guard isAdministrator else { return #expect(answer.header.responseCode == .notAdministrator) }
        let recorded = try Message(parsing: vector.response.rawSpan)
        #expect(answer.header.responseCode == recorded.header.responseCode)
        #expect(answer.body == recorded.body)
        let plaintext = vector.fields["stream_plaintext_hex"].hex
        guard let expected = vector.fields["stream_hex"].hex ?? plaintext else { return }
        let isDump = vector.fields["stream"]["status"].isNull
        var stream: [UInt8] = []
        if plaintext != nil {
            #expect(socket.read(count: 4) == Array("TLS\0".utf8))
            let secure = try TestSecureSocket(over: socket, trusting: .anyKey)
            #expect(try secure.peerCertificate?.publicKey().isSame(as: running.serverKey) == true)
            // The connection stays open behind the stream, which is as long as the recorded one.
            stream = try secure.read(count: expected.count)
        } else {
            while let bytes = socket.receive(), !bytes.isEmpty { stream += bytes }
        }
        var live = StreamRecords(stream, isDump: isDump, isProtected: plaintext == nil)
        var other = StreamRecords(expected, isDump: isDump, isProtected: plaintext == nil)
        while let record = try live.next() {
            let recorded = try #require(try other.next())
            #expect(record.comparable == recorded.comparable)
            guard let signature = record.signature else { continue }
            #expect(running.serverKey.isValid(signature, of: record.bytes, .digest(.sha1)))
        }
        #expect(try other.next() == nil)
    }

    @Test("what a mirror of the reference says is answered as recorded, session and all")
    func mirrorServer() throws {
        let running = try RunningNode.ofAdministrators(serving: ["--set", "session.old-ciphers=true"])
        let keys = try RecordedKeys()
        var count = 0
        for session in try RecordedSession.all(in: "real-clients") where session.steps[0].flow == "mirror-server" {
            try session.replay(with: keys) { request, vector in
                try running.exchange(request, over: vector.transport)
            } check: { step in
                count += 1
                #expect(step.live.header.responseCode == step.recorded.header.responseCode, "\(step.vector)")
                #expect(step.live.header.opCode == step.recorded.header.opCode)
                #expect(step.isLiveSealed == step.isRecordedSealed)
                return true
            }
        }
        #expect(count == 7)
    }

    @Test("a mirror of ours answers others' requests as a mirror of the reference")
    func mirrorAnswers() async throws {
        let mirror = try await RunningMirror(of: ["txn-log-from-zero"])
        let recorded = try Vectors.load("real-clients").first { $0.name == "mirror-server-answers" }
        let resolved = try #require(recorded?.fields["resolve_response_hex"].hex)
        let deleted = try #require(recorded?.fields["delete_response_hex"].hex)
        let socket = try TestSocket.datagram(to: mirror.node.udpPort)
        let query = TestAdministrator.request(
            .resolution, .query(Query(handle: Array("88.100.1/SN-001136".utf8))), flags: [.recursive, .publicOnly])
        try socket.send(query.bytes())
        let answer = try Message(parsing: RecordedSession.assembled(socket.receiveFragments()).rawSpan)
        let other = try Message(parsing: resolved.rawSpan)
        #expect(answer.header.responseCode == .success)
        #expect(!answer.header.flags.contains(.authoritative))
        #expect(!other.header.flags.contains(.authoritative))
        let stream = try TestSocket.stream(to: mirror.node.tcpPort)
        let deletion = TestAdministrator.request(.deleteHandle, .handle(HandleRequest(handle: [0x41])))
        let refusal = try stream.exchange(deletion)
        let otherRefusal = try Message(parsing: deleted.rawSpan)
        #expect(refusal.header.responseCode == otherRefusal.header.responseCode)
        #expect(refusal.body.dropFirst(4).starts(with: Array("Not a primary server".utf8)))
    }

    @Test("what was recorded of a primary makes the same mirror, from its log or from everything")
    func consumed() async throws {
        let fromLog = try await RunningMirror(of: ["txn-log-from-zero"])
        #expect(try fromLog.dump().count == 6)
        let recorded = try Vectors.load("dataset").first { $0.fields["handle"].string == "88.100.1/SN-001136" }
        let values = (recorded?.fields["values_hex"].array ?? []).compactMap(\.string)
        #expect(try fromLog.dump()["88.100.1/SN-001136"] == values)
        let whole = try await RunningMirror(of: ["txn-log-redump", "dump-2.7", "txn-log-up-to-date"])
        #expect(
            try whole.dump().keys.sorted() == [
                "88.100.1/SN-000491", "88.100.1/SN-000904", "88.100.1/SN-002747", "88.100.1/SN-002826",
            ])
    }

    /// The answer that comes before the stream, and the connection that the stream is on: the recorded clients took a
    /// new one for the answer to a challenge.
    private static func answer(
        to request: [UInt8], as asker: TestAdministrator, of node: TestNode
    ) throws -> (Message, TestSocket) {
        let asking = try TestSocket.stream(to: node.tcpPort)
        try asking.send(request)
        let first = try Message(parsing: asking.readMessage().rawSpan)
        guard first.header.responseCode == .authenticationNeeded else { return (first, asking) }
        let sent = try Message(parsing: request.rawSpan)
        var proof = try asker.proof(to: first)
        proof.envelope.version = sent.envelope.version
        proof.envelope.suggested = sent.envelope.suggested
        let proving = try TestSocket.stream(to: node.tcpPort)
        try proving.send(proof.bytes())
        return (try Message(parsing: proving.readMessage().rawSpan), proving)
    }
}

/// A real node that has followed a recorded primary to the end of what was recorded.
struct RunningMirror {
    let node: TestNode
    private let folder: TemporaryFolder
    private let primary: ScriptedPrimary

    init(of streams: [String]) async throws {
        primary = try await ScriptedPrimary(streams: streams.map { try ScriptedPrimary.stream($0) })
        folder = try TemporaryFolder()
        try folder.write(Array("banyan-admin-secret".utf8), to: "secret")
        let arguments = [
            "migrate", "start", "--data", folder.path + "/data", "--from", "127.0.0.1:\(primary.address.port)", "--as",
            "300:0.NA/88.100.1", "--key", folder.path + "/secret", "--clear", "--advertise", "192.0.2.9:2641",
        ]
        let made = try await Self.run(arguments)
        guard made.status == 0 else { throw TestFailure("migrate start ended with \(made.status): \(made.error)") }
        node = try TestNode(directory: folder.path + "/data", in: folder)
    }

    /// Away from the threads that the primary in this process needs.
    private static func run(_ arguments: [String]) async throws -> TestProgram.Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try TestProgram.run(arguments) })
            }
        }
    }

    /// The values of each handle, as hexadecimal digits of their wire form.
    func dump() throws -> [String: [String]] {
        let lines = try TestProgram.run(["dump", "--data", folder.path + "/data", "--format", "wire"]).output
        var records: [String: [String]] = [:]
        for line in lines.split(separator: "\n") {
            guard let tree = JSONTree(parsing: Array(line.utf8)[...]), let handle = tree["handle"].string else {
                continue
            }
            records[handle] = (tree["values_hex"].array ?? []).compactMap(\.string)
        }
        return records
    }
}
