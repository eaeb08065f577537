import BanyanAdmin
import BanyanResolver
import HandleProtocol
import NIOCore
import TLSChannel

/// One connection inside TLS: performs what its state machine says, and hands requests to the resolver or the pool.
///
/// All requests that a read brought are answered into one buffer and go out in one write; answers that take longer
/// follow as they are ready, each in one write.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Answers are written when they make so many bytes, before more requests are taken.
    private static let writeByteCount = 131_072

    private let loop: LoopServices
    private let endpoint: Endpoint
    private let peer: Peer
    private let isExempt: Bool
    private var machine: ConnectionStateMachine
    private var framer = MessageFramer()
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var timerAt = NIODeadline.distantFuture
    /// The other side has sent all it will.
    private var isInputOver = false
    /// A read was asked for while none was wanted.
    private var isReadHeldBack = false
    private var isProcessing = false
    /// Requests that the pool has, and has not answered.
    private var handOffsInWork = 0
    private var provenAt: UInt32 = 0
    private var bufferedByteCount = 0
    /// Answers from other threads that wait to be written together.
    private var collected: ByteBuffer?
    private var incomplete = IncompleteMessages.Share()

    init(_ loop: LoopServices, from endpoint: Endpoint, as peer: Peer, isExempt: Bool, at now: NIODeadline) {
        self.loop = loop
        self.endpoint = endpoint
        self.peer = peer
        self.isExempt = isExempt
        let configuration = loop.shared.configuration
        machine = ConnectionStateMachine(
            timeouts: ConnectionStateMachine.Timeouts(configuration),
            requestsInWork: configuration.requestsInWork, at: now)
    }

    var isEvictable: Bool { machine.isIdle && !machine.isSession }
    var lastActivity: NIODeadline { machine.lastActivity }

    func close() {
        context?.close(promise: nil)
    }

    /// Answers what is in work and closes; at once where nothing is, without waiting for the other side's end.
    func drain() {
        guard !machine.isIdle else { return close() }
        machine.finish()
        settle()
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.insert(self)
    }

    func channelActive(context: ChannelHandlerContext) {
        settle()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        machine.bytesArrived(at: .now())
        if machine.takesBytes { framer.append(unwrapInboundIn(data)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        process()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshake { loop.shared.counters.add(.secureHandshakes) }
        guard event as? ChannelEvent == .inputClosed else { return }
        isInputOver = true
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { process() }
    }

    func read(context: ChannelHandlerContext) {
        if machine.reads && context.channel.isWritable {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.connectionLost()
    }

    /// Comes in every case, also when the connection was lost before it was active.
    func handlerRemoved(context: ChannelHandlerContext) {
        machine.connectionLost()
        timer?.cancel()
        self.context = nil
        loop.shared.connectionTable.release(endpoint.address)
        _ = loop.shared.incomplete.set(&incomplete, toByteCount: 0)
        loop.shared.counters.add(.connectionsClosed)
        loop.remove(self)
        tellOfEnd()
    }

    /// Tells that nothing comes from this connection any more, when nothing of it is in work either.
    private func tellOfEnd() {
        if context == nil, handOffsInWork == 0 {
            if let number = peer.connection { loop.shared.connectionClosed(number) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is TLSError { loop.shared.counters.add(.secureFailures) }
        context.close(promise: nil)
    }

    // MARK: Requests

    /// Takes requests and writes answers until no whole message is left, or the connection has enough in work.
    private func process() {
        guard !isProcessing, let context else { return }
        isProcessing = true
        var mayContinue = true
        while mayContinue, machine.takesRequests, context.channel.isWritable {
            var answers = loop.answers
            loop.answers = ByteBuffer()
            answers.clear()
            let isReadable = loop.withSnapshot { mayContinue = takeRequests(into: &answers) }
            if !isReadable { mayContinue = refuseRequests(into: &answers) }
            if answers.readableBytes > 0 { write(answers) }
            loop.answers = answers
        }
        isProcessing = false
        if framer.pendingByteCount == 0 { _ = loop.shared.incomplete.set(&incomplete, toByteCount: 0) }
        if isInputOver && (framer.pendingByteCount == 0 || !machine.takesBytes) { machine.inputClosed() }
        settle()
    }

    /// Answers the messages that are there. True if there may be more when these answers have been written.
    private func takeRequests(into answers: inout ByteBuffer) -> Bool {
        while machine.takesRequests {
            guard answers.readableBytes < Self.writeByteCount else { return true }
            switch framer.next() {
            case .message(let request):
                answer(request, into: &answers)
            case .broken(let rest):
                answerRest(rest, into: &answers)
            case .incomplete:
                guard framer.pendingByteCount > 0 else { return false }
                if isInputOver {
                    answerRest(framer.takeRest(), into: &answers)
                } else {
                    keep(into: &answers)
                }
                return false
            }
        }
        return false
    }

    /// Keeps the bytes of a message that is not whole, if the node has room for them.
    private func keep(into answers: inout ByteBuffer) {
        framer.compact()
        let hasRoom = loop.shared.incomplete.set(&incomplete, toByteCount: framer.pendingByteCount)
        if hasRoom { return machine.messageIncomplete(at: .now()) }
        loop.shared.counters.add(.incompleteRefused)
        _ = loop.refuse(framer.takeRest(), .serverTooBusy, into: &answers)
        machine.finish()
    }

    /// As `takeRequests`, while the index cannot be read.
    private func refuseRequests(into answers: inout ByteBuffer) -> Bool {
        while machine.takesRequests, case .message(let request) = framer.next() {
            arrived(request)
            let start = answers.writerIndex
            if !loop.refuse(request, .error, into: &answers) { machine.finish() }
            answered(at: start, of: answers)
        }
        return false
    }

    private func answer(_ request: ByteBuffer, into answers: inout ByteBuffer) {
        arrived(request)
        let start = answers.writerIndex
        switch loop.answer(request, into: &answers) {
        case .reply:
            break
        case .replyAndDistrust:
            loop.shared.counters.add(.framingErrors)
            if framer.pendingByteCount > 0 { machine.finish() }
        case .replyAndClose:
            loop.shared.counters.add(.framingErrors)
            machine.finish()
        case .drop, .tooLong:
            machine.finish()
        case .handOff:
            if handOff(request) { return }
            loop.shared.counters.add(.handOffsRefused)
            if !loop.refuse(request, .serverTooBusy, into: &answers) { machine.finish() }
        }
        answered(at: start, of: answers)
    }

    /// Answers what is no message: one that was cut off, or announces what cannot be. The resolver says what is told.
    private func answerRest(_ rest: ByteBuffer, into answers: inout ByteBuffer) {
        if case .replyAndClose = loop.answer(rest, into: &answers) { loop.shared.counters.add(.framingErrors) }
        machine.finish()
    }

    private func arrived(_ request: ByteBuffer) {
        machine.requestArrived(request.readableBytesSpan)
    }

    /// Tells the machine of the answer that begins at `start` of what will be written.
    private func answered(at start: Int, of answers: ByteBuffer) {
        machine.requestAnswered(
            answers.readableBytesSpan.extracting(droppingFirst: start - answers.readerIndex),
            bytesFollow: framer.pendingByteCount > 0)
        loop.shared.counters.add(.streamRequestsAnswered)
        prove()
    }

    /// An exchange over TCP shows that the address is whose it seems.
    private func prove() {
        guard !isExempt, loop.now &- provenAt > 60 else { return }
        provenAt = loop.now
        loop.shared.proven.insert(
            endpoint.address, until: loop.now &+ loop.shared.configuration.provenSeconds)
    }

    // MARK: Work for the pool

    private func handOff(_ request: ByteBuffer) -> Bool {
        guard let context else { return false }
        let shared = loop.shared
        let bytes = Array(request.readableBytesView)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let mailbox = loop.mailbox
        let peer = peer
        let completion: @Sendable (AdminAnswer?) -> Void = { answer in
            mailbox.run { handler.value.handOffAnswered(answer) }
        }
        let isAccepted =
            shared.quickAdministration?(bytes, peer, mailbox.run, completion) ?? false
            || shared.pool.submit { shared.administration(bytes, peer, .stream, completion) }
        guard isAccepted else { return false }
        handOffsInWork += 1
        shared.counters.add(.handedOff)
        return true
    }

    /// Goes on with an answer that began before TLS did.
    func resume(_ answer: AdminAnswer) {
        machine.requestArrived(version: .current, opCode: OpCode(rawValue: 0), flags: .keepAlive)
        if let rest = answer.rest { proceed(with: rest, answer.whenReady) }
    }

    private func handOffAnswered(_ answer: AdminAnswer?) {
        handOffsInWork -= 1
        tellOfEnd()
        handOffFinished(answer)
    }

    private func handOffFinished(_ answer: AdminAnswer?) {
        guard let context, !machine.isClosed else { return }
        if collected == nil { loop.hasAnswers(self) }
        var buffer = collected ?? context.channel.allocator.buffer(capacity: 4_096)
        // One reference, so that it grows in place.
        collected = nil
        let start = buffer.writerIndex
        if let answer { buffer.writeBytes(answer.message) } else { machine.finish() }
        collected = buffer
        if let rest = answer?.rest {
            // The request stays in work until its last message; each is made when the one before has been taken.
            let (whenReady, trustedKeys) = (answer?.whenReady, answer?.startsTLS ?? false ? answer?.trustedKeys : nil)
            writeCollected { handler in
                if let trustedKeys, !handler.startTLS(trusting: trustedKeys) { return handler.close() }
                handler.proceed(with: rest, whenReady)
            }
            return
        }
        answered(at: start, of: buffer)
    }

    /// Writes the answers that have come from other threads, and takes more requests.
    func writeCollected(then next: ((ConnectionHandler) -> Void)? = nil) {
        let answers = collected.take()
        // A piece of a stream may hold nothing for the mirror that asks.
        if let answers, answers.readableBytes > 0 { write(answers, then: next) } else { next?(self) }
        process()
    }

    /// Puts TLS between this and what is below; false where it cannot.
    private func startTLS(trusting keys: [[UInt8]]) -> Bool {
        guard let context, let streams = loop.shared.configuration.streamTLS else { return false }
        do {
            let handler = try TLSHandler(streams.context(trusting: keys))
            try context.pipeline.syncOperations.addHandler(handler, position: .before(self))
            return true
        } catch {
            return false
        }
    }

    private func proceed(
        with rest: @escaping @Sendable () -> AdminAnswer?,
        _ whenReady: (@Sendable (@escaping @Sendable () -> Void) -> Void)?
    ) {
        guard let context, !machine.isClosed else { return }
        let mailbox = loop.mailbox
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pool = loop.shared.pool
        let next: @Sendable () -> Void = {
            pool.proceed {
                let answer = rest()
                mailbox.run { handler.value.handOffFinished(answer) }
            }
        }
        if let whenReady { whenReady(next) } else { next() }
    }

    // MARK: Actions

    private func write(_ answers: ByteBuffer, then next: ((ConnectionHandler) -> Void)? = nil) {
        guard let context else { return }
        machine.writeBegan(at: .now())
        let handler = NIOLoopBound((self, next), eventLoop: context.eventLoop)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            let (handler, next) = handler.value
            handler.writeFinished()
            next?(handler)
        }
        context.writeAndFlush(wrapOutboundOut(answers), promise: promise)
    }

    private func writeFinished() {
        machine.writeFinished(at: .now())
        if !isProcessing { settle() }
    }

    /// Does what follows from the events so far.
    private func settle() {
        guard let context else { return }
        switch machine.settle(at: .now()) {
        case .none: break
        case .closeOutput: context.close(mode: .output, promise: nil)
        case .close: context.close(promise: nil)
        }
        if isReadHeldBack && machine.reads && context.channel.isWritable {
            isReadHeldBack = false
            context.read()
        }
        schedule()
    }

    /// One timer a connection. It is not moved when a deadline moves back: it fires, looks, and is set again.
    private func schedule() {
        guard let context, let deadline = machine.deadline, deadline < timerAt else { return }
        timer?.cancel()
        timerAt = deadline
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) { handler.value.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerAt = .distantFuture
        guard let context else { return }
        let now = NIODeadline.now()
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if buffered != bufferedByteCount { machine.writeProgressed(at: now) }
        bufferedByteCount = buffered
        guard let timeout = machine.timeout(at: now) else { return schedule() }
        switch timeout {
        case .message: loop.shared.counters.add(.messageTimeouts)
        case .write: loop.shared.counters.add(.writeTimeouts)
        case .idle: loop.shared.counters.add(.idleTimeouts)
        case .linger: break
        }
        context.close(promise: nil)
    }
}
