import HandleCrypto
import HandleProtocol
import OpenSSL
import Synchronization
import Testing

@testable import HandleClient

@Suite("A request that is challenged, over TCP (RFC 3652 §3.5)")
struct AdministrationTests {
    static let nonce: [UInt8] = Array(0..<16)
    static let secret = SecretBytes(Array("for the test".utf8))
    static let authentication = ClientAuthentication(
        ValueReference(handle: Array("0.NA/88.118.8".utf8), index: 300), key: .secret(secret))

    static func challenge(_ request: Message, digestOf other: Message? = nil) -> [UInt8] {
        let digest = RequestDigest(of: (other ?? request).signedBytes(), for: .current)
        return ScriptedServer.reply(
            to: request, Answer(digest: digest, .challenge(Challenge(nonce: nonce))), code: .authenticationNeeded
        ) { message in
            message.header.flags.insert(.requestDigest)
            message.envelope.sessionID = 77
        }
    }

    /// The answer to a proof: it names the operation of the request.
    static func answer(
        _ proof: Message, _ opCode: OpCode, _ body: AnswerBody = .empty(surplus: []), code: ResponseCode = .success,
        continues: Bool = false
    ) -> [UInt8] {
        ScriptedServer.reply(to: proof, Answer(body), code: code) { message in
            message.header.opCode = opCode
            if continues { message.header.flags.insert(.continuous) }
        }
    }

    private func sent(_ action: AdministrationConversation.Action) throws -> Message {
        guard case .send(let bytes) = action else { throw WireError(.malformed, field: "request", offset: 0) }
        return try Message(parsing: bytes.rawSpan)
    }

    private func receive(
        _ bytes: [UInt8], _ talk: inout AdministrationConversation
    ) -> AdministrationConversation.Action {
        talk.received(bytes.rawSpan, at: 1_000)
    }

    private func begin(
        _ request: AdministrativeRequest = .delete(handle: Array("88.118.8/A".utf8))
    ) -> AdministrationConversation {
        AdministrationConversation(request.message(at: 1_000), authentication: Self.authentication)
    }

    @Test("a challenge is answered with a proof that is right, names its session, and has a number of its own")
    func proof() throws {
        var talk = begin()
        let request = try sent(talk.opened())
        let challenge = Self.challenge(request)
        let proof = try sent(receive(challenge, &talk))
        #expect(proof.header.opCode == .challengeAnswer)
        #expect(proof.envelope.sessionID == 77)
        #expect(proof.envelope.requestID != request.envelope.requestID)
        guard case .challengeAnswer(let body) = try RequestBody(parsing: proof) else {
            Issue.record("no proof")
            return
        }
        #expect(body.key == Self.authentication.identity)
        let expected = ChallengeProof(
            nonce: Self.nonce, requestDigest: RequestDigest(of: request.signedBytes(), for: .current).bytes)
        #expect(try expected.isProven(by: body.answer, secret: Self.secret))
        guard case .answered(let message, _) = receive(Self.answer(proof, .deleteHandle), &talk) else {
            Issue.record("not answered")
            return
        }
        #expect(message.header.responseCode == .success)
    }

    @Test("a challenge to another request is not answered")
    func otherRequest() throws {
        var talk = begin()
        let request = try sent(talk.opened())
        let other = AdministrativeRequest.delete(handle: Array("88.118.8/B".utf8)).message(at: 1_000)
        let action = receive(Self.challenge(request, digestOf: other), &talk)
        #expect(action == .giveUp(.requestDigest))
    }

    @Test("one proof is sent, whatever is asked again")
    func secondChallenge() throws {
        var talk = begin()
        let proof = try sent(receive(Self.challenge(try sent(talk.opened())), &talk))
        let again = ScriptedServer.reply(
            to: proof, Answer(.challenge(Challenge(nonce: Self.nonce))), code: .authenticationNeeded
        ) { $0.header.opCode = .deleteHandle }
        guard case .answered(let message, _) = receive(again, &talk) else {
            Issue.record("not answered")
            return
        }
        #expect(message.header.responseCode == .authenticationNeeded)
    }

    @Test("where the challenge ends the connection, the same proof goes over a second; then no more")
    func closed() throws {
        var talk = begin()
        let proof = try sent(receive(Self.challenge(try sent(talk.opened())), &talk))
        let actions = [talk.closed(), talk.opened(), talk.closed(), talk.closed()]
        #expect(actions == [.reconnect, .send(proof.bytes()), .giveUp(.unknownOutcome), .wait])
    }

    @Test("before the proof, an ended connection is just that; after it, nobody knows what was done")
    func timedOut() throws {
        var talk = begin()
        _ = talk.opened()
        #expect(talk.timedOut() == .giveUp(.timedOut))
        talk = begin()
        _ = talk.opened()
        #expect(talk.closed() == .giveUp(.closed))
        talk = begin()
        _ = receive(Self.challenge(try sent(talk.opened())), &talk)
        #expect(talk.timedOut() == .giveUp(.unknownOutcome))
    }

    @Test("a list comes page by page, also where pages come in one piece or byte by byte", arguments: [1, 100, 10_000])
    func pages(pieceByteCount: Int) throws {
        let prefix = try #require(Prefix("88.118.8"))
        var talk = begin(.listHandles(prefix))
        let proof = try sent(receive(Self.challenge(try sent(talk.opened())), &talk))
        let names = (0..<5).map { Array("88.118.8/N\($0)".utf8) }
        var bytes: [UInt8] = []
        for name in names {
            bytes += Self.answer(
                proof, .listHandles, .handles(HandleList(handles: [name])), continues: name != names.last)
        }
        var listed: [[UInt8]] = []
        var isLast = false
        for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
            var action = receive(Array(bytes[start...].prefix(pieceByteCount)), &talk)
            while case .page(let page) = action {
                listed += page.handles
                action = talk.next(at: 1_000)
            }
            if case .answered(_, let answer) = action, case .handles(let page) = answer.body {
                listed += page.handles
                isLast = true
            }
        }
        #expect(listed == names)
        #expect(isLast)
    }

    @Test("cancelling the task ends the waiting at once")
    func cancelled() async throws {
        let (asked, whenAsked) = AsyncStream<Void>.makeStream()
        let server = try await ScriptedServer { _, _, _ in
            whenAsked.finish()
            return []
        }
        let administration = Administration(server: server.address, authentication: Self.authentication)
        let task = Task { () -> ClientError.Code? in
            do throws(ClientError) {
                _ = try await administration.perform(.delete(handle: Array("88.118.8/A".utf8)))
                return nil
            } catch {
                return error.code
            }
        }
        for await _ in asked {}
        task.cancel()
        #expect(await task.value == .cancelled)
        await server.close()
    }

    @Test("over real sockets, a server that closes after its challenge is answered over a second connection")
    func secondConnection() async throws {
        let asked = Mutex<[OpCode]>([])
        let server = try await ScriptedServer { request, _, _ in
            asked.withLock { $0.append(request.header.opCode) }
            return request.header.opCode == .challengeAnswer
                ? [Self.answer(request, .deleteHandle)] : [Self.challenge(request), nil]
        }
        let administration = Administration(server: server.address, authentication: Self.authentication)
        let reply = try await administration.perform(.delete(handle: Array("88.118.8/A".utf8)))
        #expect(reply.responseCode == .success)
        // The first proof may or may not have been read before the connection ended.
        #expect(asked.withLock { Set($0) } == [.deleteHandle, .challengeAnswer])
        await server.close()
    }
}
