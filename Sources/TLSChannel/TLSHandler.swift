// TLS on a channel: a handler around OpenSSL's connection over memory, the configuration that it is made from, and the
// certificate that can be replaced while it is in use. For servers and clients of every protocol that the node speaks.
//
// RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3), RFC 7301 (ALPN), RFC 9325 (how to use them).

public import NIOCore
public import OpenSSL

/// Told to the handlers above when the handshake is done.
public struct TLSHandshake: Sendable {
    /// By OpenSSL's names, such as "TLSv1.3" and "TLS_AES_256_GCM_SHA384".
    public var version: String
    public var cipher: String
    /// What both chose to speak (ALPN).
    public var negotiatedProtocol: String?
    /// The other end's, verified as the configuration asks for; nil when it showed none.
    public var peerCertificate: Certificate?
}

/// Encrypts what is written and decrypts what is read. Handlers above see plaintext alone; the end of the other side's
/// plaintext is `ChannelEvent.inputClosed` where the channel allows half-closure, and the end of the channel otherwise.
///
/// Errors are `TLSError`; the channel is closed after one.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private typealias Pending = (bytes: ByteBuffer, promise: EventLoopPromise<Void>?)

    private let connection: TLSConnection
    private let limits: TLSLimits
    private var machine = TLSStateMachine()
    /// Written by the application, not encrypted yet; those up to the mark are to be sent.
    private var pending = MarkedCircularBuffer<Pending>(initialCapacity: 4)
    private var pendingByteCount = 0
    /// Bytes of our own that the other end has drawn since it last took what was sent.
    private var drawnByteCount = 0
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - serverName: Of a client: see `TLSConnection`.
    /// - Throws: `TLSError.configuration`, for want of memory.
    public init(
        _ context: TLSContext, serverName: String? = nil, limits: TLSLimits = TLSLimits()
    ) throws(TLSError) {
        do throws(OpenSSLError) {
            connection = try TLSConnection(context, serverName: serverName)
        } catch {
            throw .configuration(error)
        }
        self.limits = limits
    }

    /// The certificate that the other end of a channel has shown, from any thread; nil when it has shown none, or the
    /// channel has no TLS.
    public static func peerCertificate(of channel: any Channel) -> EventLoopFuture<Certificate?> {
        channel.eventLoop.submit {
            let handler = try? channel.pipeline.syncOperations.handler(type: TLSHandler.self)
            return handler?.connection.peerCertificate
        }
    }

    // MARK: The channel's events

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard machine.takesBytes else { return }
        let bytes = unwrapInboundIn(data)
        do throws(OpenSSLError) {
            try connection.receive(bytes.readableBytesSpan)
        } catch {
            return fail(context, .record(error))
        }
        advance(context, room: bytes.readableBytes)
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        // After close_notify the end of the stream is no news.
        if let error = TLSError(machine.inputEnded()) {
            end(context, error)
        } else if machine.isInputOpen {
            context.fireUserInboundEventTriggered(event)
        }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        if let error = TLSError(machine.connectionLost()) { context.fireErrorCaught(error) }
        finish(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        finish(ChannelError.ioOnClosedChannel)
    }

    // MARK: The application's wishes

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard machine.takesWrites else {
            promise?.fail(machine.phase == .closed ? ChannelError.ioOnClosedChannel : ChannelError.outputClosed)
            return
        }
        let bytes = unwrapOutboundIn(data)
        guard machine.phase == .open || bytes.readableBytes <= limits.pendingByteCountMax - pendingByteCount else {
            promise?.fail(TLSError.tooMuchPending)
            return fail(context, .tooMuchPending)
        }
        pendingByteCount += bytes.readableBytes
        pending.append((bytes, promise))
    }

    public func flush(context: ChannelHandlerContext) {
        pending.mark()
        encryptPending(context)
    }

    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            break
        case .output:
            encryptPending(context)
            if machine.outputClosed() { sendClosure(context) }
        case .all:
            encryptPending(context)
            if machine.closed() { sendClosure(context) }
            finish(ChannelError.ioOnClosedChannel)
        }
        context.close(mode: mode, promise: promise)
    }

    // MARK: Steps

    private func begin(_ context: ChannelHandlerContext) {
        guard machine.activated() else { return }
        let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: limits.handshakeTimeout) {
            let (handler, context) = handler.value
            handler.fail(context, .handshakeTimedOut)
        }
        advance(context, room: 0)
    }

    /// Goes as far as what was received allows.
    /// - Parameter room: About how many bytes of plaintext it can make.
    private func advance(_ context: ChannelHandlerContext, room: Int) {
        if machine.phase == .handshaking {
            do throws(OpenSSLError) {
                let step = try connection.proceed()
                sendOutgoing(context)
                guard step == .done else { return }
            } catch {
                return fail(context, connection.peerRefusal.map { .peerRefused(reason: $0) } ?? .handshake(error))
            }
            handshakeDone(context)
        }
        if machine.phase == .open { decrypt(context, room: room) }
    }

    private func handshakeDone(_ context: ChannelHandlerContext) {
        machine.handshakeDone()
        timer?.cancel()
        timer = nil
        let handshake = TLSHandshake(
            version: connection.version, cipher: connection.cipher,
            negotiatedProtocol: connection.negotiatedProtocol, peerCertificate: connection.peerCertificate)
        context.fireUserInboundEventTriggered(handshake)
        encryptPending(context)
    }

    /// Hands on what was received. Plaintext that came before a failure or the end is still the application's.
    private func decrypt(_ context: ChannelHandlerContext, room: Int) {
        var plaintext = context.channel.allocator.buffer(capacity: max(room, Self.leastRoom))
        var end: Result<TLSConnection.Step, OpenSSLError> = .success(.done)
        while case .success(.done) = end {
            plaintext.writeWithOutputRawSpan(minimumWritableBytes: Self.leastRoom) { span in
                do throws(OpenSSLError) { end = .success(try connection.read(into: &span)) } catch {
                    end = .failure(error)
                }
            }
        }
        drawnByteCount = context.channel.isWritable ? 0 : drawnByteCount + connection.outgoingByteCount
        sendOutgoing(context)
        if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
        switch end {
        case .failure(let error): fail(context, .record(error))
        case .success(.closed): peerClosed(context)
        case .success where drawnByteCount > limits.pendingByteCountMax: fail(context, .tooMuchPending)
        case .success: break
        }
    }

    private static let leastRoom = 1_024

    private func peerClosed(_ context: ChannelHandlerContext) {
        let allowsHalf = (try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)) ?? false
        switch machine.peerClosed(allowsHalf: allowsHalf) {
        case .none: break
        case .inputClosed: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .close: close(context: context, mode: .all, promise: nil)
        }
    }

    /// Encrypts what is to be sent, record by record, so that no more than one lies in OpenSSL's memory.
    private func encryptPending(_ context: ChannelHandlerContext) {
        guard machine.phase == .open, machine.isOutputOpen else { return }
        var isWritten = false
        while pending.hasMark, let (bytes, promise) = pending.popFirst() {
            pendingByteCount -= bytes.readableBytes
            do throws(OpenSSLError) {
                context.write(wrapOutboundOut(try encrypt(bytes, context)), promise: promise)
                isWritten = true
            } catch {
                promise?.fail(TLSError.record(error))
                return fail(context, .record(error))
            }
        }
        if isWritten { context.flush() }
    }

    private func encrypt(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) throws(OpenSSLError) -> ByteBuffer {
        var ciphertext = context.channel.allocator.buffer(capacity: bytes.readableBytes + Self.leastRoom)
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = min(rest.readableBytes, TLSConnection.writeByteCountMax)
            try connection.write(rest.readableBytesSpan.extracting(first: count))
            rest.moveReaderIndex(forwardBy: count)
            takeOutgoing(into: &ciphertext)
        }
        return ciphertext
    }

    private func takeOutgoing(into buffer: inout ByteBuffer) {
        let count = connection.outgoingByteCount
        guard count > 0 else { return }
        buffer.writeWithOutputRawSpan(minimumWritableBytes: count) { connection.takeOutgoing(into: &$0) }
    }

    private func sendOutgoing(_ context: ChannelHandlerContext) {
        guard connection.outgoingByteCount > 0 else { return }
        var buffer = context.channel.allocator.buffer(capacity: connection.outgoingByteCount)
        takeOutgoing(into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func sendClosure(_ context: ChannelHandlerContext) {
        connection.closeOutput()
        sendOutgoing(context)
    }

    // MARK: Ends

    /// Sends the alert that OpenSSL has made of it, tells the application, and closes.
    private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        guard machine.failed() else { return }
        sendOutgoing(context)
        end(context, error)
    }

    private func end(_ context: ChannelHandlerContext, _ error: TLSError) {
        finish(error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func finish(_ error: any Error) {
        timer?.cancel()
        timer = nil
        pendingByteCount = 0
        while let (_, promise) = pending.popFirst() { promise?.fail(error) }
    }
}

extension TLSError {
    /// Nil for an end that was announced.
    fileprivate init?(_ end: TLSStateMachine.StreamEnd) {
        switch end {
        case .expected: return nil
        case .truncated: self = .truncated
        case .handshakeInterrupted: self = .handshakeInterrupted
        }
    }
}

@available(*, unavailable)
extension TLSHandler: Sendable {}
