import HandleProtocol
import NIOCore

/// Hands a socket's datagrams to the driver.
final class DatagramLoadHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let driver: LoadDriver

    init(_ driver: LoadDriver) { self.driver = driver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data).data
        driver.received(datagram.readableBytesSpan, now: LoadDriver.now())
    }

    func channelReadComplete(context: ChannelHandlerContext) { driver.pump() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { driver.refused() }
}

/// Cuts a connection's bytes into messages for the driver.
final class StreamLoadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let driver: LoadDriver
    private var unread = ByteBuffer()

    init(_ driver: LoadDriver) { self.driver = driver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        let now = LoadDriver.now()
        while let length: UInt32 = unread.getInteger(at: unread.readerIndex + 16) {
            guard length <= UInt32(Limits.messageByteCount) else {
                // Whatever this is, it has no message boundaries any more.
                context.close(promise: nil)
                return
            }
            guard let message = unread.readSlice(length: Envelope.byteCount + Int(length)) else { break }
            driver.received(message.readableBytesSpan, now: now)
        }
        unread.discardReadBytes()
    }

    func channelReadComplete(context: ChannelHandlerContext) { driver.pump() }

    func channelInactive(context: ChannelHandlerContext) { driver.closed(context.channel) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
