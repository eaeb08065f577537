import HandleProtocol
import NIOCore
import NIOPosix

/// The shell of `DatagramConversation`: a connected socket, so that the kernel drops what comes from elsewhere and
/// tells when nobody listens.
final class DatagramExchange: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let request: [UInt8]
    private let remote: SocketAddress
    private let promise: EventLoopPromise<[UInt8]>
    private var conversation: DatagramConversation
    private var timer: Scheduled<Void>?

    private init(
        _ request: Message, to remote: SocketAddress, timeouts: [Int64], promise: EventLoopPromise<[UInt8]>
    ) {
        self.request = request.bytes()
        self.remote = remote
        self.promise = promise
        conversation = DatagramConversation(requestID: request.envelope.requestID, timeouts: timeouts)
    }

    /// The answer's bytes, or a `ClientError` without a server. Cancelling the task ends it at once.
    static func run(
        _ request: Message, to remote: SocketAddress, timeouts: [Int64], on loop: any EventLoop
    ) async throws -> [UInt8] {
        let promise = loop.makePromise(of: [UInt8].self)
        let opening = DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: 16)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 * 4_096)
            )
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let exchange = DatagramExchange(request, to: remote, timeouts: timeouts, promise: promise)
                    try channel.pipeline.syncOperations.addHandler(exchange)
                }
            }.connect(to: remote)
        opening.whenFailure { _ in promise.fail(ClientError(.refused)) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            opening.whenSuccess { $0.pipeline.fireUserInboundEventTriggered(ExchangeCancelled()) }
        }
    }

    func channelActive(context: ChannelHandlerContext) { perform(conversation.begin(), context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data).data
        perform(conversation.received(datagram.readableBytesSpan), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { perform(conversation.refused(), context) }

    func channelInactive(context: ChannelHandlerContext) { perform(conversation.refused(), context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ExchangeCancelled { perform(conversation.cancelled(), context) }
    }

    private func perform(_ action: DatagramConversation.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .ignore: break
        case .send(let timeout):
            send(context)
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(timeout)) {
                self.perform(self.conversation.timedOut(), context)
            }
        case .answered(let bytes): finish(.success(bytes), context)
        case .giveUp(let code): finish(.failure(ClientError(code)), context)
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        let request = request
        guard let fragments = try? Fragments(request.rawSpan) else {
            return finish(.failure(ClientError(.requestTooLong)), context)
        }
        for position in 0..<fragments.count {
            var writer = ByteWriter(capacity: Limits.datagramByteCount)
            fragments.envelope(of: position).write(to: &writer)
            let piece = fragments.piece(position)
            writer.write(raw: piece)
            let datagram = ByteBuffer(bytes: writer.bytes)
            context.channel.write(AddressedEnvelope(remoteAddress: remote, data: datagram), promise: nil)
        }
        context.channel.flush()
    }

    private func finish(_ result: Result<[UInt8], any Error>, _ context: ChannelHandlerContext) {
        timer?.cancel()
        promise.completeWith(result)
        context.close(promise: nil)
    }
}

/// The task that waits for an answer was cancelled.
struct ExchangeCancelled: Sendable {}
