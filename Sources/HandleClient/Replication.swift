public import HandleProtocol
internal import NIOCore
internal import NIOPosix
public import OpenSSL
internal import TLSChannel

/// Asks a server for what its mirrors get (operations 1001 and 1002), and reads the stream that answers.
public struct Replication: Sendable {
    public let server: ServerAddress
    public let authentication: ClientAuthentication
    /// The server's, as its site record has it: streams are signed with it, or the TLS connection around them is its.
    public let serverKey: PublicKey
    /// Only the times for TCP are used.
    public var options: ClientOptions
    /// How long nothing may come before the connection counts as lost, in seconds.
    public var silenceMax: Int64 = 30

    public init(
        server: ServerAddress, authentication: ClientAuthentication, serverKey: PublicKey,
        options: ClientOptions = ClientOptions()
    ) {
        self.server = server
        self.authentication = authentication
        self.serverKey = serverKey
        self.options = options
    }

    /// Asks, proves who asks where the server wants to know, and has `consume` read the stream. The connection is
    /// closed when that returns; no more is read than it asks for.
    ///
    /// - Throws: `ClientError`, `ReplicationRefusal` for an answer that says no, and what `consume` throws.
    public func stream<Result: Sendable>(
        of body: RequestBody, _ consume: (inout ReplicationReader) async throws -> Result
    ) async throws -> Result {
        let opCode: OpCode = if case .dump = body { .dumpHandles } else { .retrieveTransactions }
        let request = ClientRequest.administration(
            opCode, body, flags: [.usual, .keepAlive], at: Client.now())
        let security = try StreamUpgrade(authentication)
        do {
            return try await connected(to: security) { reader in
                var (message, answer) = try await reader.exchange(request, for: request)
                if message.header.responseCode == .authenticationNeeded {
                    let proof = try authentication.proof(to: message, answer, of: request)
                    (message, answer) = try await reader.exchange(proof, for: request)
                }
                return try await begin(&reader, message, answer, consume)
            }
        } catch let cut as ConnectionCut {
            // The reference ends the connection behind its challenge.
            guard let proof = cut.proof else { throw ClientError(.closed, server: server) }
            return try await connected(to: security) { reader in
                let (message, answer) = try await reader.exchange(proof, for: request)
                return try await begin(&reader, message, answer, consume)
            }
        }
    }

    private func begin<Result: Sendable>(
        _ reader: inout ReplicationReader, _ message: Message, _ answer: Answer,
        _ consume: (inout ReplicationReader) async throws -> Result
    ) async throws -> Result {
        guard message.header.responseCode == .success else {
            throw ReplicationRefusal(code: message.header.responseCode, answer)
        }
        try await reader.begin()
        return try await consume(&reader)
    }

    private func connected<Result: Sendable>(
        to security: StreamUpgrade, _ body: (inout ReplicationReader) async throws -> Result
    ) async throws -> Result {
        let remote = try server.socketAddress()
        let silence = TimeAmount.seconds(silenceMax)
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(.milliseconds(min(options.connectTimeout, options.streamTimeout)))
                .connect(to: remote) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            IdleStateHandler(readTimeout: silence), SilenceHandler(), security.watch(channel))
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch ChannelError.connectTimeout {
            throw ClientError(.timedOut, server: server)
        } catch {
            throw ClientError(.refused, server: server)
        }
        do {
            return try await channel.executeThenClose { inbound, outbound in
                var reader = ReplicationReader(
                    inbound.makeAsyncIterator(), outbound, channel.channel, security, serverKey)
                return try await body(&reader)
            }
        } catch let error as ClientError {
            throw ClientError(error.code, server: server)
        } catch is IOError {
            throw ClientError(.closed, server: server)
        } catch is ChannelError {
            throw ClientError(.closed, server: server)
        } catch is TLSError {
            throw ClientError(.signature, server: server)
        }
    }
}

/// A server's answer that says no, instead of a stream.
public struct ReplicationRefusal: Error, Equatable, Sendable {
    public var code: ResponseCode
    /// The server's own words.
    public var text: String

    init(code: ResponseCode, _ answer: Answer) {
        self.code = code
        text = ""
        if case .error(let body) = answer.body, let message = body.message {
            text = String(decoding: message.prefix(256), as: UTF8.self)
        }
    }
}

extension ReplicationRefusal: CustomStringConvertible {
    public var description: String {
        "the server answers \(code.rawValue)" + (text.isEmpty ? "" : ": \(text)")
    }
}

/// The connection ended where an answer should have come.
struct ConnectionCut: Error {
    /// What was sent last, where it was a proof.
    var proof: Message?
}

/// Ends a connection on which nothing comes any more.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.close(promise: nil)
    }
}
