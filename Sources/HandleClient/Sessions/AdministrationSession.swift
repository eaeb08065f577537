public import HandleProtocol
internal import NIOCore
internal import NIOPosix

/// An administrator's connection to one server: he proves himself once, then asks as much as he likes, many requests
/// at a time (RFC 3652 §3.8). Safe to use from many tasks and threads at once.
///
///     let session = try await AdministrationSession.open(to: server, authentication: key)
///     let reply = try await session.perform(.create(record))
///     await session.close()
public final class AdministrationSession: Sendable {
    public let server: ServerAddress
    private let queue: SessionQueue
    private let loop: any EventLoop
    private let handler: NIOLoopBound<SessionHandler>

    private init(
        _ server: ServerAddress, _ queue: SessionQueue, _ loop: any EventLoop, _ handler: NIOLoopBound<SessionHandler>
    ) {
        self.server = server
        self.queue = queue
        self.loop = loop
        self.handler = handler
    }

    /// Connects, sets up the session or logs in, and proves who asks. Cancelling the task ends the attempt.
    public static func open(
        to server: ServerAddress, authentication: ClientAuthentication, options: SessionOptions = SessionOptions()
    ) async throws(ClientError) -> AdministrationSession {
        let remote = try server.socketAddress()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let queue = SessionQueue(server, on: loop)
        var random = SystemRandomNumberGenerator()
        let first = UInt32.random(in: 0..<UInt32(Int32.max), using: &random)
        do {
            let handler = try await loop.submit {
                let conversation = SessionConversation(
                    authentication: authentication, options: options, firstRequestID: first)
                return NIOLoopBound(SessionHandler(conversation, queue, options), eventLoop: loop)
            }.get()
            connect(to: remote, of: server, options.client, queue, loop, handler)
            try await withTaskCancellationHandler {
                try await queue.isOpened.get()
            } onCancel: {
                queue.ended(ClientError(.cancelled, server: server))
            }
            return AdministrationSession(server, queue, loop, handler)
        } catch let error as ClientError {
            throw ClientError(error.code, server: server)
        } catch {
            throw ClientError(.refused, server: server)
        }
    }

    private static func connect(
        to remote: SocketAddress, of server: ServerAddress, _ options: ClientOptions, _ queue: SessionQueue,
        _ loop: any EventLoop,
        _ handler: NIOLoopBound<SessionHandler>
    ) {
        let opening = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(min(options.connectTimeout, options.streamTimeout)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try options.security?.add(to: channel, for: server)
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }.connect(to: remote)
        opening.whenFailure { error in
            if case ChannelError.connectTimeout = error {
                queue.ended(ClientError(.timedOut))
            } else {
                queue.ended(ClientError(.refused))
            }
        }
        // Also when the attempt was given up before the connection was there.
        queue.isEnded.whenSuccess { opening.whenSuccess { $0.close(promise: nil) } }
    }

    /// What became of a request: the server's answer, or why there is none. `unknownOutcome`: it was sent, and may be
    /// done; `sessionEnded`: it was not sent.
    public typealias Completion = @Sendable (Result<Administration.Reply, ClientError>) -> Void

    /// Sends requests in order, as soon as the window has room for them. Answers come in any order; `completion` is
    /// called once for each, on the connection's thread, which it must not hold up.
    public func submit(_ requests: [(AdministrativeRequest, Completion)]) {
        wake(queue.add(requests.map { SessionQueue.Entry(request: $0.0, completion: $0.1) }))
    }

    /// Asks, and waits for the answer; an answer that says no is an answer.
    /// - Parameter onNames: Called with the names of a list message by message, all but the last.
    public func perform(
        _ request: AdministrativeRequest, onNames: (@Sendable (HandleList) -> Void)? = nil
    ) async throws(ClientError) -> Administration.Reply {
        let result = await withCheckedContinuation { continuation in
            let entry = SessionQueue.Entry(request: request, onNames: onNames) { continuation.resume(returning: $0) }
            wake(queue.add([entry]))
        }
        return try result.get()
    }

    private func wake(_ isNeeded: Bool) {
        guard isNeeded else { return }
        loop.execute { [queue, handler] in
            queue.woken()
            handler.value.drain()
        }
    }

    /// What ended the session; nil while it lasts.
    public var failure: ClientError? { queue.failure }

    /// Returns when the session is over, whatever ended it.
    public func waitForEnd() async {
        try? await queue.isEnded.get()
    }

    /// Ends the session, at the server as well. What is under way is lost: wait for answers first.
    public func close() async {
        loop.execute { [handler] in handler.value.close() }
        await waitForEnd()
    }
}
