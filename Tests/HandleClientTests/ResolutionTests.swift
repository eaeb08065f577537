import BanyanTestSupport
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Resolving from a root, over real sockets (RFC 3652 §3.4)")
struct ResolutionTests {
    private static let url = HandleValue(index: 1, type: Array("URL".utf8), data: Array("https://example.cn".utf8))

    private static func site(at address: ServerAddress, key: [UInt8] = []) -> Site {
        let port = UInt32(address.port)
        return Site(
            serial: 9, flags: .primary,
            servers: [
                SiteServer(
                    id: 1, address: SiteAddress(version4: 0x7F00_0001), publicKey: key,
                    interfaces: [
                        ServiceInterface(service: .query, transport: .tcp, port: port),
                        ServiceInterface(service: .query, transport: .udp, port: port),
                    ])
            ])
    }

    private func resolution(from root: ServerAddress, certify: Bool = false) -> Resolution {
        var wishes = ClientRequest.Wishes()
        wishes.certify = certify
        return Resolution(client: Client(), root: ServerEndpoint(root), wishes: wishes)
    }

    private let query = Query(handle: Array("88.100.1/A".utf8))

    @Test("a root that is not responsible leads to the site of the prefix, which is told its serial and the hops")
    func walk() async throws {
        let node = try await ScriptedServer { request, _, _ in
            let isTold = request.header.siteSerial == 9 && request.header.recursionCount == 2
            return isTold ? [ScriptedServer.found(request, [ResolutionTests.url])] : []
        }
        let site = ResolutionTests.site(at: node.address)
        let root = try await ScriptedServer { request, _, _ in
            guard ScriptedServer.query(request).handle == Array("0.NA/88.100.1".utf8) else {
                return [ScriptedServer.refused(request, .serverNotResponsible)]
            }
            let value = HandleValue(index: 3, type: ValueType.site, data: site.bytes)
            return [ScriptedServer.found(request, [value])]
        }
        let outcome = try await resolution(from: root.address).resolve(query)
        guard case .values(let found) = outcome.reply.answer.body else {
            Issue.record("no values")
            return
        }
        #expect(found.values == [ResolutionTests.url])
        #expect(outcome.steps.map(\.reply.server) == [root.address, root.address, node.address])
        #expect(outcome.reply.server == node.address)
        await root.close()
        await node.close()
    }

    @Test("servers that refer to each other are a loop, not an endless walk")
    func loop() async throws {
        let server = try await ScriptedServer { request, _, _ in
            let referral = Answer(.referral(Referral(handle: Array("88.1/again".utf8))))
            return [ScriptedServer.reply(to: request, referral, code: .serviceReferral)]
        }
        let error = await #expect(throws: ClientError.self) {
            _ = try await resolution(from: server.address).resolve(query)
        }
        #expect(error?.code == .referralLoop)
        await server.close()
    }

    @Test("an answer that says no is an outcome", arguments: [ResponseCode.handleNotFound, .valuesNotFound])
    func negative(code: ResponseCode) async throws {
        let server = try await ScriptedServer { request, _, _ in [ScriptedServer.refused(request, code)] }
        let outcome = try await resolution(from: server.address).resolve(query)
        #expect(outcome.reply.responseCode == code)
        await server.close()
    }

    @Test("a site's next address is asked when the first is not there")
    func nextAddress() async throws {
        let node = try await ScriptedServer { request, _, _ in [ScriptedServer.found(request, [])] }
        let gone = try await ScriptedServer { _, _, _ in [] }
        await gone.close()
        let sites = [ResolutionTests.site(at: gone.address), ResolutionTests.site(at: node.address)]
        let root = try await ScriptedServer { request, _, _ in
            let values = sites.map { HandleValue(index: 1, type: ValueType.prefixSite, data: $0.bytes) }
            let referral = Referral(handle: [], values: values)
            return [ScriptedServer.reply(to: request, Answer(.referral(referral)), code: .prefixReferral)]
        }
        let outcome = try await resolution(from: root.address).resolve(query)
        #expect(outcome.reply.server == node.address)
        await root.close()
        await node.close()
    }

    enum Signature: CaseIterable, Sendable { case right, missing, ofOtherBytes, ofOtherKey }

    @Test("a signed answer is checked with the key of the site record (§2.2.4)", arguments: Signature.allCases)
    func certified(signature: Signature) async throws {
        let meta = try #require(try Vectors.load("dataset").first).fields
        let record = try #require(meta["siteinfo_hex"].hex)
        let site = try Site(parsing: record.rawSpan)
        let keyBytes = try #require(meta["server_private_key_encoding_hex"].hex)
        let key = try PrivateKeyRecord(parsing: keyBytes.rawSpan).privateKey()
        var claimed = site
        if signature == .ofOtherKey {
            let other = try PublicKeyRecord(try PrivateKey.generateRSA().publicKey())
            claimed.servers[0].publicKey = other.bytes
        }
        let siteBytes = claimed.bytes
        let server = try await ScriptedServer { request, _, _ in
            guard request.header.opCode == .resolution else {
                return [ScriptedServer.reply(to: request, Answer(.site(siteBytes)))]
            }
            let body = Answer(.values(QueryAnswer(handle: Array("88.100.1/A".utf8), values: [ResolutionTests.url])))
            return ScriptedServer.pieces(
                ScriptedServer.reply(to: request, body) { message in
                    guard signature != .missing else { return }
                    if let credential = try? MessageCertificate.sign(message, with: key) {
                        message = Message(
                            envelope: message.envelope, header: message.header, body: message.body,
                            credential: CredentialField(credential))
                    }
                    if signature == .ofOtherBytes { message.header.siteSerial ^= 1 }
                })
        }
        let resolution = resolution(from: server.address, certify: true)
        switch signature {
        case .right:
            let outcome = try await resolution.resolve(query)
            #expect(outcome.isVerified)
            #expect(!outcome.isKeyFromReferral)
        case .missing, .ofOtherBytes, .ofOtherKey:
            let error = await #expect(throws: ClientError.self) { _ = try await resolution.resolve(query) }
            #expect(error?.code == (signature == .missing ? .notSigned : .signature))
        }
        await server.close()
    }
}
