import BanyanTestSupport
import Foundation
import HandleClient
import HandleProtocol
import NIOCore
import NIOPosix
import OpenSSL
import TLSChannel
import Testing

@Suite("A client inside TLS")
struct StreamSecurityTests {
    private static let value = HandleValue(index: 1, type: Array("URL".utf8), data: Array("https://example.cn".utf8))

    /// A server with a certificate for 127.0.0.1, which is in the folder as server.pem.
    private static func server(
        in folder: TemporaryFolder, names: [String] = ["127.0.0.1"]
    ) async throws -> (server: ScriptedServer, certificate: Certificate) {
        let key = try PrivateKey.generateEC()
        let certificate = try Certificate.makeSelfSigned(
            key: key, names: names, start: Int64(Date().timeIntervalSince1970) - 60, dayCount: 1)
        try folder.write(certificate.pem(), to: "server.pem")
        let context = try TLSContext(.server, identity: TLSIdentity(chain: [certificate], key: key), peer: .none)
        let server = try await ScriptedServer(tls: context) { request, _, _ in
            [ScriptedServer.found(request, [Self.value])]
        }
        return (server, certificate)
    }

    private static func ask(
        _ server: ServerAddress, trusting trust: TLSConfiguration.Trust, name: String? = nil
    ) async throws -> Result<Client.Reply, ClientError> {
        var options = ClientOptions()
        options.security = try StreamSecurity(TLSConfiguration(.client(trust)), serverName: name)
        let request = ClientRequest.resolution(
            Query(handle: Array("88.100.1/A".utf8)), wishes: ClientRequest.Wishes(), at: 1_000)
        do throws(ClientError) {
            return .success(try await Client(options: options).send(request, to: ServerEndpoint(server)))
        } catch {
            return .failure(error)
        }
    }

    @Test("an answer comes over TCP inside TLS from a server that is believed, and never in clear")
    func believed() async throws {
        let folder = try TemporaryFolder()
        let (server, certificate) = try await Self.server(in: folder)
        let pin = TLSConfiguration.Trust.keys([try certificate.publicKeyDigest()])
        for trust in [.file(folder.path + "/server.pem"), pin] {
            let reply = try await Self.ask(server.address, trusting: trust).get()
            #expect(reply.responseCode == .success)
            #expect(!reply.isDatagram)
        }
        await server.close()
        // A server that speaks no TLS is not asked in another way.
        let clear = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ClearDoor())
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let address = ServerAddress(host: "127.0.0.1", port: try #require(clear.localAddress?.port))
        guard case .failure(let error) = try await Self.ask(address, trusting: pin), case .tls(.handshake) = error.code
        else {
            Issue.record("an answer in clear")
            return
        }
        #expect(error.isUnreachable)
        try await clear.close()
    }

    @Test("another name and another key are refused, with the reason")
    func refused() async throws {
        let folder = try TemporaryFolder()
        let (server, _) = try await Self.server(in: folder, names: ["node.example.cn"])
        let file = TLSConfiguration.Trust.file(folder.path + "/server.pem")
        for trust in [file, .keys([[UInt8](repeating: 0, count: 32)])] {
            guard case .failure(let error) = try await Self.ask(server.address, trusting: trust),
                case .tls(.peerRefused) = error.code
            else {
                Issue.record("believed")
                return
            }
            #expect(!error.isUnreachable)
            #expect(error.server == server.address)
        }
        #expect(
            try await Self.ask(server.address, trusting: file, name: "node.example.cn").get().responseCode == .success)
        await server.close()
    }

    @Test("a pin is written in hexadecimal digits or in base64")
    func pins() {
        let digest = (0..<32).map { UInt8($0 * 7) }
        #expect(PublicKeyPin.parse(PublicKeyPin.text(digest)) == digest)
        let base64 = String(decoding: Base64.encode(digest), as: UTF8.self)
        #expect(PublicKeyPin.parse(base64) == digest)
        #expect(PublicKeyPin.parse("sha256//" + base64) == digest)
        for text in ["", "00", String(repeating: "0", count: 63), String(repeating: "x", count: 64), base64 + "A"] {
            #expect(PublicKeyPin.parse(text) == nil, "\(text)")
        }
    }
}

/// A server that answers whatever comes with text.
private final class ClearDoor: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(NIOAny(ByteBuffer(string: "here is no TLS")), promise: nil)
    }
}
