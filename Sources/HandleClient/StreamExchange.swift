import HandleProtocol
import NIOCore
import NIOPosix
import TLSChannel

/// The shell of `StreamConversation`: a connection for one request, as the reference's client makes it.
final class StreamExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let request: [UInt8]
    private let promise: EventLoopPromise<[UInt8]>
    private var conversation = StreamConversation()
    private let timeout: Int64
    private var timer: Scheduled<Void>?

    private init(_ request: Message, timeout: Int64, promise: EventLoopPromise<[UInt8]>) {
        self.request = request.bytes()
        self.timeout = timeout
        self.promise = promise
    }

    /// The answer's bytes, or a `ClientError` without a server. Cancelling the task ends it at once.
    static func run(
        _ request: Message, to remote: SocketAddress, of server: ServerAddress, options: ClientOptions,
        on loop: any EventLoop
    ) async throws -> [UInt8] {
        let promise = loop.makePromise(of: [UInt8].self)
        let timeout = options.streamTimeout
        let opening = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(min(options.connectTimeout, timeout)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try options.security?.add(to: channel, for: server)
                    let exchange = StreamExchange(request, timeout: timeout, promise: promise)
                    try channel.pipeline.syncOperations.addHandler(exchange)
                }
            }.connect(to: remote)
        opening.whenFailure { error in
            if case ChannelError.connectTimeout = error {
                promise.fail(ClientError(.timedOut))
            } else {
                promise.fail(ClientError(.refused))
            }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            // While the connection is being made there is nobody to tell: the waiting ends here.
            promise.fail(ClientError(.cancelled))
            opening.whenSuccess { $0.pipeline.fireUserInboundEventTriggered(ExchangeCancelled()) }
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: request.count)
        buffer.writeBytes(request)
        context.writeAndFlush(NIOAny(buffer), promise: nil)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(timeout)) {
            self.perform(self.conversation.timedOut(), context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let piece = unwrapInboundIn(data)
        perform(conversation.received(piece.readableBytesSpan), context)
    }

    func channelInactive(context: ChannelHandlerContext) { perform(conversation.closed(), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(conversation.failed(error as? TLSError), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ExchangeCancelled { perform(conversation.cancelled(), context) }
    }

    private func perform(_ action: StreamConversation.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .wait: return
        case .answered(let bytes): promise.succeed(bytes)
        case .giveUp(let code): promise.fail(ClientError(code))
        }
        timer?.cancel()
        context.close(promise: nil)
    }
}
