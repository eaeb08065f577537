internal import BanyanSync
internal import NIOCore
internal import NIOPosix
public import OpenSSL
internal import Synchronization
public import TLSChannel

/// How a top-level node to rehearse with is run.
public struct TopNodeConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0: the kernel chooses.
    public var port = 0
    /// A server's; clients must show a certificate that it trusts.
    public var security: TLSConfiguration
    /// The one client, and the prefix under which it may create others.
    public var user: String
    public var password: SecretBytes
    public var nodePrefix: String
    public var logPath: String
    public var reviewer = TopNodeRegister.Reviewer.byHand

    public init(
        security: TLSConfiguration, user: String, password: SecretBytes, nodePrefix: String, logPath: String
    ) {
        self.security = security
        self.user = user
        self.password = password
        self.nodePrefix = nodePrefix
        self.logPath = logPath
    }
}

/// A top-level node: EPP over TLS for one client, which may connect as often as it likes.
public final class TopNodeServer: Sendable {
    private struct State {
        var register: TopNodeRegister
        var fault = TopNodeFault.none
        /// The fault shows in each n-th answer.
        var faultInterval = 1
        var answerCount = 0
        var transactionCount = 0
        var failed = false
    }

    public let configuration: TopNodeConfiguration
    private let log: TopNodeLog
    private let state: Mutex<State>
    private let reload: CertificateReload
    private let server = Mutex<(any Channel)?>(nil)
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Reads the log; nothing is listened to yet.
    public init(_ configuration: TopNodeConfiguration) throws {
        self.configuration = configuration
        reload = try CertificateReload(configuration.security)
        let (log, events) = try TopNodeLog.open(configuration.logPath)
        self.log = log
        var register = TopNodeRegister(nodePrefix: configuration.nodePrefix)
        for event in events { register.apply(event) }
        state = Mutex(State(register: register))
    }

    /// Listens; the port.
    public func start() async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var limits = TLSLimits()
                    limits.pendingByteCountMax = XMLTree.byteCountMax
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(TLSHandler(self.reload.context, limits: limits))
                    try operations.addHandler(TopNodeSession(self))
                }
            }.bind(host: configuration.host, port: configuration.port).get()
        server.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    /// Ends at once, with all connections.
    public func stop() async {
        let channel = server.withLock { server in
            defer { server = nil }
            return server
        }
        try? await channel?.close().get()
        try? await group.shutdownGracefully()
    }

    /// What is registered now.
    public var register: TopNodeRegister { state.withLock { $0.register } }

    /// Takes another certificate for connections from now on.
    public func reload(_ security: TLSConfiguration) throws { try reload.reload(security) }

    /// Does something wrong from now on, in each `interval`-th answer.
    public func setFault(_ fault: TopNodeFault, every interval: Int = 1) {
        state.withLock { state in
            state.fault = fault
            state.faultInterval = max(1, interval)
            state.answerCount = 0
        }
    }

    /// The reviewer's decision; false where no such application waits.
    public func decide(_ prefix: String, isPassed: Bool, reason: String = "") throws -> Bool {
        try keep { $0.decide(prefix, isPassed: isPassed, reason: reason) }
    }

    /// An order for a prefix that was approved: state 0 suspends, 1 resumes, 2 revokes.
    public func order(_ prefix: String, state: Int, reason: String = "") throws -> Bool {
        try keep { $0.order(prefix, state: state, reason: reason) }
    }

    private func keep(_ make: (TopNodeRegister) -> [TopNodeEvent]) throws -> Bool {
        try state.withLock { state in
            let events = make(state.register)
            try log.append(events)
            for event in events { state.register.apply(event) }
            return !events.isEmpty
        }
    }

    // MARK: For sessions

    fileprivate func login(_ user: String, _ password: String) -> Bool {
        user == configuration.user && Array(password.utf8).isEqualInConstantTime(to: configuration.password.exposed)
    }

    fileprivate func nextTransaction() -> String {
        state.withLock { state in
            state.transactionCount += 1
            return "BMS-\(state.transactionCount)"
        }
    }

    /// Does a command: what it changes is on the disk before it is answered.
    fileprivate func perform(_ command: EPPCommand, client: String, server: String) -> EPPResponse {
        state.withLock { state in
            var outcome = state.register.handle(
                command, client: client, server: server, reviewer: configuration.reviewer)
            if state.fault == .repeats {
                outcome.events.removeAll { if case .messageTaken = $0 { true } else { false } }
            }
            do { try log.append(outcome.events) } catch {
                return EPPResponse(
                    .failed, "the log cannot be written", clientTransaction: client, serverTransaction: server)
            }
            for event in outcome.events { state.register.apply(event) }
            var response = EPPResponse(
                outcome.code, outcome.message.isEmpty ? "command completed" : outcome.message,
                clientTransaction: client, serverTransaction: server)
            response.data = outcome.data
            if outcome.code == .message || command.isAcknowledgement, let next = state.register.queue.first {
                response.queue = (state.register.queue.count, next.id)
            }
            return response
        }
    }

    /// Which fault the next answer has.
    fileprivate func nextFault() -> TopNodeFault {
        state.withLock { state in
            guard state.fault != .none else { return .none }
            state.answerCount += 1
            return state.answerCount % state.faultInterval == 0 ? state.fault : .none
        }
    }
}

extension EPPCommand {
    fileprivate var isAcknowledgement: Bool { if case .acknowledgeMessage = self { true } else { false } }
}

/// One connection: greeting, login, commands, each answered in turn (RFC 5730 §2.1).
private final class TopNodeSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let failuresMax = 3
    private static let slowPause: TimeAmount = .milliseconds(200)

    private let node: TopNodeServer
    private var framer = EPPFramer()
    private var isLoggedIn = false
    private var failureCount = 0

    init(_ node: TopNodeServer) { self.node = node }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshake {
            send(.greeting(server: "banyan upstream-sim", objects: EPPNamespace.objects), context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.append(unwrapInboundIn(data).readableBytesView)
        do throws(EPPFramer.Failure) {
            while let document = try framer.next() { take(document, context) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ document: [UInt8], _ context: ChannelHandlerContext) {
        let server = node.nextTransaction()
        do throws(EPPError) {
            switch try EPPRequest(parsing: document) {
            case .hello:
                send(.greeting(server: "banyan upstream-sim", objects: EPPNamespace.objects), context)
            case .command(let command, let client): answer(command, client, server, context)
            }
        } catch {
            let code: EPPResponse.Code = error == .unknownCommand ? .unknownCommand : .syntax
            respond(EPPResponse(code, error.description, clientTransaction: "", serverTransaction: server), context)
        }
    }

    private func answer(
        _ command: EPPCommand, _ client: String, _ server: String, _ context: ChannelHandlerContext
    ) {
        func response(_ code: EPPResponse.Code, _ message: String) -> EPPResponse {
            EPPResponse(code, message, clientTransaction: client, serverTransaction: server)
        }
        switch command {
        case .login(let user, let password):
            guard !isLoggedIn else { return respond(response(.use, "already logged in"), context) }
            isLoggedIn = node.login(user, password)
            guard !isLoggedIn else { return respond(response(.done, "command completed"), context) }
            failureCount += 1
            let isLast = failureCount >= Self.failuresMax
            respond(response(isLast ? .authenticationEnding : .notAuthenticated, "wrong credentials"), context)
            if isLast { context.close(promise: nil) }
        case .logout:
            respond(response(.ending, "ending session"), context)
            context.close(promise: nil)
        case _ where !isLoggedIn: respond(response(.notAuthenticated, "log in first"), context)
        default: respond(node.perform(command, client: client, server: server), context)
        }
    }

    // MARK: Sending

    private func respond(_ response: EPPResponse, _ context: ChannelHandlerContext) {
        let unit = EPPFramer.unit(of: EPPAnswer.response(response).document)
        switch node.nextFault() {
        case .none, .repeats: write(unit, context)
        case .silent: break
        case .garbage: write(EPPFramer.unit(of: Array("<epp><response></epp".utf8)), context)
        case .length: write([0xFF, 0xFF, 0xFF, 0xFF] + unit.dropFirst(4), context)
        case .truncated:
            write(Array(unit.prefix(unit.count / 2)), context)
            context.close(promise: nil)
        case .twice: write(unit + unit, context)
        case .slow: dribble(unit, context)
        case .closed: context.close(promise: nil)
        case .forgets:
            isLoggedIn = false
            write(unit, context)
        case .fails:
            let failure = EPPResponse(
                .failed, "command failed", clientTransaction: response.clientTransaction,
                serverTransaction: response.serverTransaction)
            write(EPPFramer.unit(of: EPPAnswer.response(failure).document), context)
        }
    }

    private func send(_ answer: EPPAnswer, _ context: ChannelHandlerContext) {
        write(EPPFramer.unit(of: answer.document), context)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func dribble(_ unit: [UInt8], _ context: ChannelHandlerContext) {
        guard let first = unit.first, context.channel.isActive else { return }
        write([first], context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.slowPause) {
            self.dribble(Array(unit.dropFirst()), context)
        }
    }
}
