import NIOCore
import NIOPosix
import OpenSSL
import TLSChannel

/// What one end of a connection saw, told when the connection has ended.
struct Seen: Sendable {
    var version: String?
    var negotiatedProtocol: String?
    var peer: Certificate?
    var received: [UInt8] = []
    var errors: [TLSError] = []
    var inputClosed = false
}

/// The application at one end: sends its bytes when the handshake is done, or at once, and closes by its rule.
final class Application: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Rule: Sendable {
        /// Sends back what comes, and closes after a line's end or when the other end has closed.
        case echo
        /// Sends, and closes when as many bytes have come back; with a promise it tells instead of closing.
        case ask([UInt8], then: EventLoopPromise<Void>? = nil)
        /// Sends, closes its half, and closes when the other end has.
        case tell([UInt8])
        /// Sends at once, without waiting for the handshake.
        case hurry([UInt8])
        case nothing
    }

    private let rule: Rule
    private let promise: EventLoopPromise<Seen>
    private var seen = Seen()

    init(_ rule: Rule, _ promise: EventLoopPromise<Seen>) {
        self.rule = rule
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        if case .hurry(let bytes) = rule { send(bytes, context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        seen.received += bytes
        switch rule {
        case .echo:
            context.writeAndFlush(data, promise: nil)
            if bytes.last == UInt8(ascii: "\n") { context.close(promise: nil) }
        case .ask(let sent, let answered?):
            if seen.received.count >= sent.count { answered.succeed() }
        case .ask(let sent, nil), .hurry(let sent):
            if seen.received.count >= sent.count { context.close(promise: nil) }
        case .tell, .nothing: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshake {
            seen.version = handshake.version
            seen.negotiatedProtocol = handshake.negotiatedProtocol
            seen.peer = handshake.peerCertificate
            switch rule {
            case .ask(let bytes, _): send(bytes, context)
            case .tell(let bytes):
                send(bytes, context)
                context.close(mode: .output, promise: nil)
            case .echo, .hurry, .nothing: break
            }
        }
        if event as? ChannelEvent == .inputClosed {
            seen.inputClosed = true
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { seen.errors.append(error) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        promise.succeed(seen)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }
}

/// A server on loopback whose connections are told of one by one, and clients of it.
final class TestServer: Sendable {
    let channel: any Channel
    private let ends: AsyncStream<EventLoopFuture<Seen>>

    var port: Int { channel.localAddress?.port ?? 0 }

    init(
        _ certificate: CertificateReload, rule: Application.Rule = .echo, limits: TLSLimits = TLSLimits(),
        halfClosure: Bool = true
    ) async throws {
        let (ends, told) = AsyncStream.makeStream(of: EventLoopFuture<Seen>.self)
        self.ends = ends
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let promise = channel.eventLoop.makePromise(of: Seen.self)
                    told.yield(promise.futureResult)
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(certificate.context, limits: limits), Application(rule, promise))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    deinit { channel.close(promise: nil) }

    /// What the server saw of the next connection.
    func next() async throws -> Seen {
        for await end in ends { return try await end.get() }
        throw ChannelError.eof
    }

    /// Connects, and tells what the client saw until the end.
    func connect(
        _ configuration: TLSConfiguration, name: String? = "localhost", _ rule: Application.Rule
    ) async throws -> Seen {
        try await TestClient.connect(to: port, configuration, name: name, rule)
    }
}

enum TestClient {
    static func connect(
        to port: Int, _ configuration: TLSConfiguration, name: String? = "localhost", _ rule: Application.Rule,
        limits: TLSLimits = TLSLimits()
    ) async throws -> Seen {
        let context = try configuration.context()
        return try await open(to: port) { channel, promise in
            try channel.pipeline.syncOperations.addHandlers(
                TLSHandler(context, serverName: name, limits: limits), Application(rule, promise))
        }.seen.get()
    }

    /// Sends bytes over plain TCP and gives what comes back until the end. `halfClose`: says that nothing more comes.
    static func sendPlainly(_ bytes: [UInt8], to port: Int, halfClose: Bool = false) async throws -> [UInt8] {
        let (channel, seen) = try await open(to: port) { channel, promise in
            try channel.pipeline.syncOperations.addHandler(Application(.nothing, promise))
        }
        try? await channel.writeAndFlush(channel.allocator.buffer(bytes: bytes))
        if halfClose { try? await channel.close(mode: .output) }
        return try await seen.get().received
    }

    /// A connection with the handlers that `build` adds.
    static func open(
        to port: Int, _ build: @escaping @Sendable (any Channel, EventLoopPromise<Seen>) throws -> Void
    ) async throws -> (channel: any Channel, seen: EventLoopFuture<Seen>) {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: Seen.self)
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try build(channel, promise) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return (channel, promise.futureResult)
    }
}
