import NIOCore
import NIOHTTPTypes

/// How a request comes along, as the handler behind the decoder tells the one in front of it.
enum RequestProgress {
    case headReceived, received, answered
}

/// Closes connections whose other end keeps a request from coming to its end: it costs a sender next to nothing to
/// keep many of them open (slow loris).
///
///  1. A head has `HTTPLimits.headTimeout` from its first byte on.
///  2. A body comes with `HTTPLimits.bodyRate` at least, counted only while it is waited for here.
///  3. Of a body whose answer is out, `HTTPLimits.surplusByteCount` are read.
///
/// Stands in front of the decoder and sees bytes; `RequestProgressHandler` behind it tells what they were.
final class SlowRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case between
        case head
        case body(byteCount: Int)
        case surplus(byteCount: Int)
    }

    private var state = State.between
    private var timer: Scheduled<Void>?
    /// Since when a read is under way that nothing came from; nil: we do not wait.
    private var waitingSince: NIODeadline?
    /// How long the present body was waited for.
    private var waited = TimeAmount.zero

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let byteCount = unwrapInboundIn(data).readableBytes
        switch state {
        case .between:
            state = .head
            schedule(in: HTTPLimits.headTimeout, context)
        case .head: break
        case .body(let before): state = .body(byteCount: before &+ byteCount)
        case .surplus(let before):
            guard before + byteCount <= HTTPLimits.surplusByteCount else { return context.close(promise: nil) }
            state = .surplus(byteCount: before + byteCount)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        endWaiting()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if waitingSince == nil { waitingSince = .now() }
        context.read()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let progress = event as? RequestProgress else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch (progress, state) {
        case (.headReceived, _):
            state = .body(byteCount: 0)
            waited = .zero
            if waitingSince != nil { waitingSince = .now() }
            schedule(in: HTTPLimits.bodyGrace, context)
        case (.received, _):
            state = .between
            timer?.cancel()
        case (.answered, .body): state = .surplus(byteCount: 0)
        case (.answered, _): break
        }
        promise?.succeed()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    private func endWaiting() {
        guard let since = waitingSince else { return }
        waited = waited + (.now() - since)
        waitingSince = nil
    }

    private func schedule(in time: Duration, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
            self.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        switch state {
        case .between: return
        case .head: return context.close(promise: nil)
        case .body(let byteCount), .surplus(let byteCount):
            let isWaiting = waitingSince != nil
            endWaiting()
            if isWaiting { waitingSince = .now() }
            let seconds = Int(waited.nanoseconds / 1_000_000_000)
            guard seconds < Int(HTTPLimits.bodyGrace / .seconds(1)) || byteCount >= seconds * HTTPLimits.bodyRate
            else { return context.close(promise: nil) }
            schedule(in: HTTPLimits.bodyGrace, context)
        }
    }
}

/// Tells `SlowRequestHandler` what came and went.
final class RequestProgressHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: context.triggerUserOutboundEvent(RequestProgress.headReceived, promise: nil)
        case .body: break
        case .end: context.triggerUserOutboundEvent(RequestProgress.received, promise: nil)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            context.triggerUserOutboundEvent(RequestProgress.answered, promise: nil)
        }
        context.write(data, promise: promise)
    }
}
