internal import NIOCore
internal import NIOPosix
internal import OpenSSL
internal import TLSChannel

/// Where an EPP server is, and how it is known.
public struct EPPEndpoint: Equatable, Sendable {
    public var host: String
    public var port: Int
    /// What the server's certificate must be for; nil: its key is pinned, and names are not looked at.
    public var serverName: String?

    public init(host: String, port: Int, serverName: String?) {
        self.host = host
        self.port = port
        self.serverName = serverName
    }
}

/// How long one waits for the other side.
public struct EPPTimeouts: Equatable, Sendable {
    public var connect: Duration = .seconds(5)
    public var handshake: Duration = .seconds(5)
    /// From a command to its whole answer, however slowly that comes.
    public var answer: Duration = .seconds(15)

    public init() {}
}

/// A connection to an EPP server over TLS (RFC 5734), which has greeted: the shell of `EPPConversation`.
final class EPPConnection: Sendable {
    private let channel: any Channel
    private let answerTime: TimeAmount

    private init(_ channel: any Channel, answerTime: TimeAmount) {
        self.channel = channel
        self.answerTime = answerTime
    }

    static func open(
        _ endpoint: EPPEndpoint, _ context: TLSContext, _ timeouts: EPPTimeouts, on loop: any EventLoop
    ) async throws(UpstreamFailure) -> EPPConnection {
        let greeting = loop.makePromise(of: EPPAnswer.self)
        let time = TimeAmount(timeouts.answer)
        var limits = TLSLimits()
        limits.handshakeTimeout = TimeAmount(timeouts.handshake)
        // An enterprise's images stand in one message.
        limits.pendingByteCountMax = XMLTree.byteCountMax + EPPFramer.headerByteCount
        let opening = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(TimeAmount(timeouts.connect))
            .channelInitializer { [limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(
                        TLSHandler(context, serverName: endpoint.serverName, limits: limits))
                    try operations.addHandler(EPPHandler(greeting, time: time))
                }
            }.connect(host: endpoint.host, port: endpoint.port)
        opening.whenFailure { _ in greeting.fail(UpstreamFailure.unreachable) }
        do {
            return try await withTaskCancellationHandler {
                _ = try await greeting.futureResult.get()
                return EPPConnection(try await opening.get(), answerTime: time)
            } onCancel: {
                greeting.fail(UpstreamFailure.closed)
                opening.whenSuccess { $0.close(promise: nil) }
            }
        } catch {
            // A connection that came after all, or did not greet, is not kept.
            opening.whenSuccess { $0.close(promise: nil) }
            throw error as? UpstreamFailure ?? .unreachable
        }
    }

    /// Sends a command; its answer.
    func ask(_ command: EPPCommand, transaction: String) async throws(UpstreamFailure) -> EPPResponse {
        let document = EPPRequest.command(command, transaction: transaction).document
        guard document.count <= XMLTree.byteCountMax else { throw .local("a message is longer than EPP takes") }
        guard case .response(let response) = try await send(document, transaction: transaction) else { throw .stray }
        return response
    }

    /// Says hello; the server greets again, which shows that it is there.
    func hello() async throws(UpstreamFailure) {
        _ = try await send(EPPRequest.hello.document, transaction: nil)
    }

    private func send(_ document: [UInt8], transaction: String?) async throws(UpstreamFailure) -> EPPAnswer {
        let promise = channel.eventLoop.makePromise(of: EPPAnswer.self)
        let question = EPPQuestion(
            unit: EPPFramer.unit(of: document), transaction: transaction, time: answerTime, answer: promise)
        channel.writeAndFlush(question).whenFailure { _ in promise.fail(UpstreamFailure.closed) }
        let channel = channel
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw error as? UpstreamFailure ?? .closed
        }
    }

    func close() async { try? await channel.close().get() }
}

/// A message on its way, with who waits for the answer.
private struct EPPQuestion: Sendable {
    var unit: [UInt8]
    /// Nil for a hello.
    var transaction: String?
    var time: TimeAmount
    var answer: EventLoopPromise<EPPAnswer>
}

private final class EPPHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = EPPQuestion
    typealias OutboundOut = ByteBuffer

    private var conversation = EPPConversation()
    private var waiting: EventLoopPromise<EPPAnswer>?
    private var timer: Scheduled<Void>?
    private let greetingTime: TimeAmount

    init(_ greeting: EventLoopPromise<EPPAnswer>, time: TimeAmount) {
        waiting = greeting
        greetingTime = time
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(greetingTime, context)
        context.fireChannelActive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let question = unwrapOutboundIn(data)
        if let transaction = question.transaction {
            conversation.asked(transaction: transaction)
        } else {
            conversation.saidHello()
        }
        // One question at a time is asked; an earlier one that waits was given up.
        finish(.failure(.closed))
        waiting = question.answer
        startTimer(question.time, context)
        var buffer = context.channel.allocator.buffer(capacity: question.unit.count)
        buffer.writeBytes(question.unit)
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for event in conversation.received(unwrapInboundIn(data).readableBytesView) {
            switch event {
            case .greeting(let server): finish(.success(.greeting(server: server, objects: [])))
            case .answer(let response): finish(.success(.response(response)))
            case .failed(let failure): fail(failure, context)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .failed(let failure)? = conversation.ended() { finish(.failure(failure)) }
        finish(.failure(.closed))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? TLSError {
        case .truncated?: fail(.truncated, context)
        case .some(let error): fail(.tls(error), context)
        case nil: fail(.closed, context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish(.failure(.closed)) }

    private func startTimer(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.fail(.silent, context) }
    }

    private func fail(_ failure: UpstreamFailure, _ context: ChannelHandlerContext) {
        finish(.failure(failure))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<EPPAnswer, UpstreamFailure>) {
        timer?.cancel()
        timer = nil
        let promise = waiting
        waiting = nil
        switch result {
        case .success(let answer): promise?.succeed(answer)
        case .failure(let failure): promise?.fail(failure)
        }
    }
}
