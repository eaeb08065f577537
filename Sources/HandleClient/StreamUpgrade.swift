import HandleProtocol
import NIOCore
import OpenSSL
import TLSChannel

/// TLS that begins in the middle of a connection: behind the first bytes of a replication stream. The server is known
/// by its key, which is compared afterwards; we show the key that we proved ourselves with, for servers that look
/// at it.
struct StreamUpgrade: Sendable {
    private let context: TLSContext

    init(_ authentication: ClientAuthentication) throws(ClientError) {
        do throws(OpenSSLError) {
            context = try TLSContext(
                .client, identity: Self.identity(of: authentication), peer: .required(.anyKey))
        } catch {
            throw ClientError(.unusableKey)
        }
    }

    /// Keys that TLS has no certificates for, and secret keys, show nothing.
    private static func identity(of authentication: ClientAuthentication) -> TLSIdentity? {
        guard case .privateKey(let key) = authentication.key, key.algorithm == .rsa || key.algorithm == .ec,
            let certificate = try? Certificate.makeSelfSigned(
                key: key, names: ["mirror"], start: Int64(Client.now()) - 86_400, dayCount: 2)
        else { return nil }
        return try? TLSIdentity(chain: [certificate], key: key)
    }

    /// Waits in the pipeline for the handshake's end; TLS is put under it.
    func watch(_ channel: any Channel) -> HandshakeWatch {
        HandshakeWatch(channel.eventLoop.makePromise(of: Certificate?.self))
    }

    /// Begins TLS under everything, and gives the server's certificate.
    func begin(on channel: any Channel) async throws -> Certificate? {
        let context = context
        let done = try await channel.eventLoop.submit {
            let operations = channel.pipeline.syncOperations
            let watch = try operations.handler(type: HandshakeWatch.self)
            try operations.addHandler(TLSHandler(context), position: .first)
            return watch.done.futureResult
        }.get()
        return try await done.get()
    }
}

final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    let done: EventLoopPromise<Certificate?>

    init(_ done: EventLoopPromise<Certificate?>) { self.done = done }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshake { done.succeed(handshake.peerCertificate) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(ClientError(.closed))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { done.fail(ClientError(.closed)) }
}
