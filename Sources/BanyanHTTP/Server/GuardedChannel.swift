import BanyanTransport
import HummingbirdCore
import Logging
import NIOCore
import TLSChannel

/// Hummingbird's channel, with TLS under it where there is a certificate, and with the limits that it lacks:
/// connections of one address, and slow senders.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let connections: AddressCounts
    let certificate: CertificateReload?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard let address = Endpoint(remoteOf: channel)?.address, connections.admit(address) else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        channel.closeFuture.whenComplete { [connections] _ in connections.release(address) }
        return channel.eventLoop.makeCompletedFuture {
            if let certificate {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(certificate.context))
            }
            try channel.pipeline.syncOperations.addHandler(SlowRequestHandler())
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

extension Endpoint {
    /// Who is at the other end of a connection; nil when it has gone.
    init?(remoteOf channel: any Channel) { self.init(of: channel.remoteAddress) }

    /// Where a listener is bound.
    init?(localOf channel: any Channel) { self.init(of: channel.localAddress) }

    private init?(of address: SocketAddress?) {
        // A link-local address carries its interface's name behind a percent sign.
        guard let text = address?.ipAddress?.prefix(while: { $0 != "%" }), let ip = IPAddress(text),
            let port = address?.port
        else { return nil }
        self.init(address: ip, port: UInt16(truncatingIfNeeded: port))
    }
}
