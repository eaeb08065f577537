import HandleProtocol
import NIOCore
import NIOPosix
import TLSChannel

/// The shell of `SessionConversation`: one connection. All that waits is written together, and what one read brought
/// is answered before the next is written.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let queue: SessionQueue
    private let options: SessionOptions
    private var conversation: SessionConversation
    private var received = ByteBuffer()
    private var completions: [Int: SessionQueue.Entry] = [:]
    private var lastToken = 0
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var lastEvent = NIODeadline.now()
    private var isOver = false

    init(_ conversation: SessionConversation, _ queue: SessionQueue, _ options: SessionOptions) {
        self.conversation = conversation
        self.queue = queue
        self.options = options
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        lastEvent = .now()
        scheduleTimer(context)
        do throws(ClientError) {
            write(try conversation.opened(at: Client.now()), context)
        } catch {
            end(error.code)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastEvent = .now()
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
        let now = Client.now()
        while !isOver, let length: UInt32 = received.getInteger(at: received.readerIndex + 16) {
            guard length <= UInt32(Limits.messageByteCount) else { return end(.malformedAnswer) }
            guard let answer = received.readSlice(length: Envelope.byteCount + Int(length)) else { break }
            perform(conversation.received(answer.readableBytesSpan, at: now), context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { drain() }

    func channelInactive(context: ChannelHandlerContext) {
        perform(conversation.closed(), context)
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { end(.tls(error)) }
        context.close(promise: nil)
    }

    private func perform(_ action: SessionConversation.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .wait: return
        case .send(let bytes): write(bytes, context)
        case .ready:
            queue.opened()
            drain()
        case .answered(let token, let message, let answer, let isLast):
            let reply = Administration.Reply(message: message, answer: answer)
            guard isLast else {
                if case .handles(let names) = answer.body { completions[token]?.onNames?(names) }
                return
            }
            completions.removeValue(forKey: token)?.completion(.success(reply))
        case .end(let code): end(code)
        }
    }

    /// Sends what waits, as far as there is room, in one write.
    func drain() {
        guard let context, !isOver, conversation.isOpen else { return }
        var output = ByteBuffer()
        let now = Client.now()
        while conversation.hasRoom, let entry = queue.next() {
            lastToken += 1
            do throws(ClientError) {
                let bytes = try conversation.submit(entry.request, token: lastToken, at: now)
                completions[lastToken] = entry
                output.writeBytes(bytes)
            } catch {
                entry.completion(.failure(ClientError(error.code, server: queue.server)))
            }
        }
        guard output.readableBytes > 0 else { return }
        if conversation.pendingCount > 0, timer == nil { scheduleTimer(context) }
        context.writeAndFlush(NIOAny(output), promise: nil)
    }

    /// Ends the session when nothing is under way any more.
    func close() {
        guard let context, !isOver else { return }
        if let bytes = conversation.close(at: Client.now()) { write(bytes, context) }
        end(.sessionEnded)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
    }

    /// Everyone who waits is told: nobody knows what became of what was sent.
    private func end(_ code: ClientError.Code) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        let left = completions
        completions = [:]
        for entry in left.values { entry.completion(.failure(ClientError(.unknownOutcome, server: queue.server))) }
        queue.ended(ClientError(code, server: queue.server))
        context?.close(promise: nil)
    }

    /// One timer: it fires, looks, and is set again while something is waited for.
    private func scheduleTimer(_ context: ChannelHandlerContext) {
        let deadline = lastEvent + .milliseconds(options.client.streamTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired(context) }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        guard !isOver else { return }
        let isWaiting = !conversation.isOpen || conversation.pendingCount > 0
        guard isWaiting else { return lastEvent = .now() }
        if NIODeadline.now() - lastEvent >= .milliseconds(options.client.streamTimeout) {
            perform(conversation.timedOut(), context)
        } else {
            scheduleTimer(context)
        }
    }
}
