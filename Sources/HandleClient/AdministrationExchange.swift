import HandleProtocol
import NIOCore
import NIOPosix
import TLSChannel

/// The shell of `AdministrationConversation`: one connection, or two.
final class AdministrationExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What one exchange is about; the same for its second connection.
    struct Purpose: Sendable {
        var remote: SocketAddress
        var server: ServerAddress
        var options: ClientOptions
        var onNames: @Sendable (HandleList) -> Void
        var promise: EventLoopPromise<Ending>
    }

    struct Ending: Sendable {
        var message: Message
        var answer: Answer
    }

    private let purpose: Purpose
    private var conversation: AdministrationConversation
    private var timer: Scheduled<Void>?
    private var isDone = false

    private init(_ conversation: AdministrationConversation, _ purpose: Purpose) {
        self.conversation = conversation
        self.purpose = purpose
    }

    /// Connects, and says what is to be said. The promise is kept when it is over.
    static func begin(_ conversation: AdministrationConversation, _ purpose: Purpose, on loop: any EventLoop) {
        let options = purpose.options
        let opening = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(min(options.connectTimeout, options.streamTimeout)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try options.security?.add(to: channel, for: purpose.server)
                    try channel.pipeline.syncOperations.addHandler(AdministrationExchange(conversation, purpose))
                }
            }.connect(to: purpose.remote)
        opening.whenFailure { error in
            if case ChannelError.connectTimeout = error {
                purpose.promise.fail(ClientError(.timedOut))
            } else {
                purpose.promise.fail(ClientError(.refused))
            }
        }
        // Whoever waits may be told before the connection is there, or knows that it is of no use any more.
        purpose.promise.futureResult.whenComplete { _ in opening.whenSuccess { $0.close(promise: nil) } }
    }

    func channelActive(context: ChannelHandlerContext) { perform(conversation.opened(), context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let piece = unwrapInboundIn(data)
        let now = Client.now()
        var action = conversation.received(piece.readableBytesSpan, at: now)
        while case .page(let names) = action {
            purpose.onNames(names)
            restartTimer(context)
            action = conversation.next(at: now)
        }
        perform(action, context)
    }

    func channelInactive(context: ChannelHandlerContext) { perform(conversation.closed(), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(conversation.failed(error as? TLSError), context)
    }

    private func perform(_ action: AdministrationConversation.Action, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        switch action {
        case .wait, .page: return
        case .send(let bytes):
            var buffer = context.channel.allocator.buffer(capacity: bytes.count)
            buffer.writeBytes(bytes)
            context.writeAndFlush(NIOAny(buffer), promise: nil)
            restartTimer(context)
            return
        case .reconnect: Self.begin(conversation, purpose, on: context.eventLoop)
        case .answered(let message, let answer): purpose.promise.succeed(Ending(message: message, answer: answer))
        case .giveUp(let code): purpose.promise.fail(ClientError(code))
        }
        isDone = true
        timer?.cancel()
        context.close(promise: nil)
    }

    /// The time runs from one message to the next: a long list takes as long as it takes.
    private func restartTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let time = TimeAmount.milliseconds(purpose.options.streamTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.perform(self.conversation.timedOut(), context)
        }
    }
}
