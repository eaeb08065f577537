import Glibc
import NIOCore
import NIOPosix

/// Accepts connections for TLS at one address and gives each its handlers.
final class StreamListener: Sendable {
    /// Connections that the kernel completes before we take them.
    private static let backlog: Int32 = 4_096

    private let channel: any Channel
    let endpoint: Endpoint

    private init(_ channel: any Channel, _ endpoint: Endpoint) {
        self.channel = channel
        self.endpoint = endpoint
    }

    static func bind(_ wanted: Endpoint, on loops: EventLoopServices) async throws -> StreamListener {
        var bootstrap = ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Accepted connections inherit these: answers leave at once, and peers that are gone are found.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .serverChannelOption(.socketOption(.so_keepalive), value: 1)
            .serverChannelOption(.tcpOption(.tcpKeepIdle), value: 60)
            .serverChannelOption(.tcpOption(.tcpKeepInterval), value: 10)
            .serverChannelOption(.tcpOption(.tcpKeepCount), value: 6)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try loops.admit(channel) }
            }
        if !wanted.address.isV4 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        do {
            let channel = try await bootstrap.bind(to: wanted.socketAddress()).get()
            return StreamListener(channel, Endpoint(channel.localAddress) ?? wanted)
        } catch let error as IOError {
            throw TransportError(endpoint: wanted, door: .tls, errorNumber: error.errnoCode)
        }
    }

    /// Accepts no more.
    func close() async {
        try? await channel.close()
    }
}

extension NIOBSDSocket.Option {
    /// Seconds of silence before the first probe, seconds between probes, and probes until the peer counts as gone.
    fileprivate static let tcpKeepIdle = NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)
    fileprivate static let tcpKeepInterval = NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)
    fileprivate static let tcpKeepCount = NIOBSDSocket.Option(rawValue: TCP_KEEPCNT)
}
