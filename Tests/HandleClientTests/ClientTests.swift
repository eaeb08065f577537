import HandleClient
import HandleProtocol
import OpenSSL
import Testing

@Suite("A client against a server on loopback")
struct ClientTests {
    private static let value = HandleValue(index: 1, type: Array("URL".utf8), data: Array("https://example.cn".utf8))

    private func client(_ transport: ClientOptions.Transport = .datagramThenStream) -> Client {
        var options = ClientOptions()
        options.transport = transport
        options.datagramTimeouts = [60, 60, 60]
        options.streamTimeout = 5_000
        return Client(options: options)
    }

    private func request(digest: Bool = false, handle: String = "88.100.1/A") -> Message {
        var wishes = ClientRequest.Wishes()
        wishes.requestDigest = digest
        return ClientRequest.resolution(Query(handle: Array(handle.utf8)), wishes: wishes, at: 1_000)
    }

    /// What comes back, or why not.
    private func outcome(
        of request: Message, _ client: Client, _ script: @escaping ScriptedServer.Script
    ) async throws -> Result<Client.Reply, ClientError> {
        let server = try await ScriptedServer(script)
        do throws(ClientError) {
            let reply = try await client.send(request, to: ServerEndpoint(server.address))
            await server.close()
            return .success(reply)
        } catch {
            await server.close()
            return .failure(error)
        }
    }

    private func code(_ result: Result<Client.Reply, ClientError>) -> ClientError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    @Test("asks over UDP and gives back what the server found", arguments: [true, false])
    func answer(isDatagram: Bool) async throws {
        let client = client(isDatagram ? .datagramOnly : .streamOnly)
        let reply = try await outcome(of: request(), client) { request, _, _ in
            [ScriptedServer.found(request, [ClientTests.value])]
        }.get()
        #expect(reply.responseCode == .success)
        #expect(reply.isDatagram == isDatagram)
        guard case .values(let found) = reply.answer.body else {
            Issue.record("no values")
            return
        }
        #expect(found.values == [ClientTests.value])
        #expect(found.handle == Array("88.100.1/A".utf8))
    }

    @Test("asks over IPv6 as well", arguments: [ClientOptions.Transport.datagramOnly, .streamOnly])
    func version6(transport: ClientOptions.Transport) async throws {
        let server = try await ScriptedServer(host: "::1") { request, _, _ in [ScriptedServer.found(request, [])] }
        let reply = try await client(transport).send(request(), to: ServerEndpoint(server.address))
        #expect(reply.server.description == "[::1]:\(server.address.port)")
        await server.close()
    }

    @Test("asks again when a datagram is lost")
    func lostDatagram() async throws {
        let reply = try await outcome(of: request(), client(.datagramOnly)) { request, _, count in
            count < 3 ? [] : [ScriptedServer.found(request, [])]
        }.get()
        #expect(reply.isDatagram)
    }

    @Test("goes over to TCP when nobody answers over UDP")
    func fallback() async throws {
        let reply = try await outcome(of: request(), client()) { request, door, _ in
            door == .datagram ? [] : [ScriptedServer.found(request, [])]
        }.get()
        #expect(!reply.isDatagram)
    }

    @Test("stays with UDP when told so")
    func datagramOnly() async throws {
        let result = try await outcome(of: request(), client(.datagramOnly)) { request, door, _ in
            door == .datagram ? [] : [ScriptedServer.found(request, [])]
        }
        #expect(code(result) == .timedOut)
    }

    @Test("puts a long answer together from its datagrams, and cuts a long request")
    func fragments() async throws {
        let data = (0..<9_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let long = String(repeating: "名", count: 300)
        let reply = try await outcome(of: request(handle: "88.100.1/" + long), client(.datagramOnly)) { request, _, _ in
            ScriptedServer.pieces(
                ScriptedServer.found(request, [HandleValue(index: 1, type: Array("DATA".utf8), data: data)])
            ).reversed()
        }.get()
        guard case .values(let found) = reply.answer.body else {
            Issue.record("no values")
            return
        }
        #expect(found.values.first?.data == data)
        #expect(found.handle == Array(("88.100.1/" + long).utf8))
    }

    @Test("takes an answer over TCP in any pieces")
    func pieces() async throws {
        let reply = try await outcome(of: request(), client(.streamOnly)) { request, _, _ in
            ScriptedServer.found(request, [ClientTests.value]).map { [$0] }
        }.get()
        #expect(reply.responseCode == .success)
    }

    @Test("tells a connection that ends too early")
    func closed() async throws {
        let result = try await outcome(of: request(), client(.streamOnly)) { request, _, _ in
            [Array(ScriptedServer.found(request, []).dropLast()), nil]
        }
        #expect(code(result) == .closed)
    }

    @Test("does not take an answer that has expired")
    func expired() async throws {
        let result = try await outcome(of: request(), client()) { request, _, _ in
            [
                ScriptedServer.reply(to: request, Answer(.values(QueryAnswer(handle: [], values: [])))) {
                    $0.header.expiration = 1_000
                }
            ]
        }
        #expect(code(result) == .expiredAnswer)
    }

    @Test("does not take another request's answer over TCP")
    func otherRequest() async throws {
        let result = try await outcome(of: request(), client(.streamOnly)) { request, _, _ in
            [
                ScriptedServer.reply(to: request, Answer(.values(QueryAnswer(handle: [], values: [])))) {
                    $0.envelope.requestID &+= 1
                }
            ]
        }
        #expect(code(result) == .answerToAnother)
    }

    @Test("checks the digest of its request when it asked for one", arguments: [true, false])
    func digest(isRight: Bool) async throws {
        let result = try await outcome(of: request(digest: true), client()) { request, _, _ in
            let signed = request.signedBytes() + (isRight ? [] : [0])
            let answer = Answer(
                digest: .ofKind(.sha256, Digest.hash(signed, .sha256)),
                .values(QueryAnswer(handle: [], values: [])))
            return [ScriptedServer.reply(to: request, answer)]
        }
        if isRight {
            #expect(try result.get().responseCode == .success)
        } else {
            #expect(code(result) == .requestDigest)
        }
    }

    @Test("does not do without the digest that it asked for")
    func digestMissing() async throws {
        let result = try await outcome(of: request(digest: true), client()) { request, _, _ in
            [ScriptedServer.found(request, [])]
        }
        #expect(code(result) == .requestDigest)
    }

    @Test("tells bytes that are no answer")
    func garbage() async throws {
        let result = try await outcome(of: request(), client(.streamOnly)) { _, _, _ in
            [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)]
        }
        #expect(code(result) == .malformedAnswer)
    }

    @Test("tells a port where nobody listens")
    func nobody() async throws {
        // The kernel gives no port this low to anyone who lets it choose, so no other test can have it.
        let address = ServerAddress(host: "127.0.0.1", port: 1)
        let error = await #expect(throws: ClientError.self) {
            _ = try await client().send(request(), to: ServerEndpoint(address))
        }
        #expect(error?.code == .refused)
        #expect(error?.server == address)
    }

    @Test("stops waiting when its task is cancelled", arguments: [ClientOptions.Transport.datagramOnly, .streamOnly])
    func cancellation(transport: ClientOptions.Transport) async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        let server = try await ScriptedServer { _, _, _ in
            asked.continuation.yield()
            return []
        }
        var options = ClientOptions()
        options.transport = transport
        options.datagramTimeouts = [3_600_000]
        options.streamTimeout = 3_600_000
        let client = Client(options: options)
        let request = request()
        let task = Task { try await client.send(request, to: ServerEndpoint(server.address)) }
        for await _ in asked.stream { break }
        task.cancel()
        let error = await #expect(throws: ClientError.self) { _ = try await task.value }
        #expect(error?.code == .cancelled)
        await server.close()
    }
}
