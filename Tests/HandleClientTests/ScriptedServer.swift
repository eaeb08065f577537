import HandleClient
import HandleProtocol
import NIOCore
import NIOPosix
import OpenSSL
import Synchronization
import TLSChannel

/// A server on loopback, UDP and TCP on one port, that answers each request as a closure says: with any number of
/// datagrams or pieces, or not at all.
final class ScriptedServer: Sendable {
    enum Door: Sendable { case datagram, stream }

    /// What is sent back, piece by piece; nil closes a stream.
    typealias Script = @Sendable (_ request: Message, _ door: Door, _ count: Int) -> [[UInt8]?]

    private let channels: [any Channel]
    let address: ServerAddress

    init(host: String = "127.0.0.1", tls: TLSContext? = nil, _ script: @escaping Script) async throws {
        let counter = Mutex(0)
        let answer: @Sendable ([UInt8], Door) -> [[UInt8]?] = { bytes, door in
            let count = counter.withLock { count in
                count += 1
                return count
            }
            guard let request = try? Message(parsing: bytes.rawSpan) else { return [nil] }
            return script(request, door, count)
        }
        (channels, address) = try await Self.bind(host, tls, answer)
    }

    /// Binds both doors at a port that the kernel chooses for the first. Another process may have it for the second:
    /// then both are chosen anew.
    private static func bind(
        _ host: String, _ tls: TLSContext?, _ answer: @escaping @Sendable ([UInt8], Door) -> [[UInt8]?],
        attempts: Int = 32
    ) async throws -> ([any Channel], ServerAddress) {
        let group = MultiThreadedEventLoopGroup.singleton
        let streams = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(TLSHandler(tls)) }
                    try channel.pipeline.syncOperations.addHandler(StreamDoor(answer))
                }
            }.bind(host: host, port: 0).get()
        let port = streams.localAddress?.port ?? 0
        do {
            let datagrams = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramDoor(answer))
                    }
                }.bind(host: host, port: port).get()
            return ([streams, datagrams], ServerAddress(host: host, port: port))
        } catch {
            try await streams.close()
            guard attempts > 1 else { throw error }
            return try await bind(host, tls, answer, attempts: attempts - 1)
        }
    }

    func close() async {
        for channel in channels { try? await channel.close() }
    }

    /// An answer to a request: its id, operation and flags, a code, a body.
    static func reply(
        to request: Message, _ answer: Answer, code: ResponseCode = .success,
        change: (inout Message) -> Void = { _ in }
    ) -> [UInt8] {
        var header = request.header
        header.responseCode = code
        header.expiration = UInt32(Int32.max)
        if answer.digest == nil { header.flags.remove(.requestDigest) }
        var message = Message(envelope: request.envelope, header: header, body: answer.bytes())
        change(&message)
        return message.bytes()
    }

    /// The values that a query asked for, in an answer.
    static func found(_ request: Message, _ values: [HandleValue]) -> [UInt8] {
        reply(to: request, Answer(.values(QueryAnswer(handle: query(request).handle, values: values))))
    }

    static func refused(_ request: Message, _ code: ResponseCode) -> [UInt8] {
        reply(to: request, Answer(.error(ErrorBody())), code: code)
    }

    static func query(_ request: Message) -> Query {
        var reader = ByteReader(request.body.rawSpan)
        return (try? Query(parsing: &reader)) ?? Query(handle: [])
    }

    /// As datagrams.
    static func pieces(_ message: [UInt8]) -> [[UInt8]] {
        guard let fragments = try? Fragments(message.rawSpan) else { return [] }
        var datagrams: [[UInt8]] = []
        for position in 0..<fragments.count {
            var writer = ByteWriter()
            fragments.envelope(of: position).write(to: &writer)
            let piece = fragments.piece(position)
            writer.write(raw: piece)
            datagrams.append(writer.bytes)
        }
        return datagrams
    }
}

private final class DatagramDoor: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let answer: ([UInt8], ScriptedServer.Door) -> [[UInt8]?]
    private var assembly = FragmentAssembly<Int>()

    init(_ answer: @escaping ([UInt8], ScriptedServer.Door) -> [[UInt8]?]) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let request = unwrapInboundIn(data)
        var whole = Array(request.data.readableBytesView)
        switch assembly.receive(whole.rawSpan, from: request.remoteAddress.port ?? 0, at: 0) {
        case .whole: break
        case .complete(let bytes):
            // As one message again: the flag that it came in pieces is of the datagrams.
            whole = bytes
            whole[2] &= 0xDF
        case .incomplete, .dropped: return
        }
        for case let bytes? in answer(whole, .datagram) {
            let datagram = AddressedEnvelope(remoteAddress: request.remoteAddress, data: ByteBuffer(bytes: bytes))
            context.channel.writeAndFlush(datagram, promise: nil)
        }
    }
}

private final class StreamDoor: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: ([UInt8], ScriptedServer.Door) -> [[UInt8]?]
    private var unread = ByteBuffer()

    init(_ answer: @escaping ([UInt8], ScriptedServer.Door) -> [[UInt8]?]) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        unread.writeBuffer(&bytes)
        while let length: UInt32 = unread.getInteger(at: unread.readerIndex + 16),
            let request = unread.readBytes(length: Envelope.byteCount + Int(length))
        {
            for piece in answer(request, .stream) {
                guard let piece else {
                    context.close(promise: nil)
                    return
                }
                context.channel.writeAndFlush(ByteBuffer(bytes: piece), promise: nil)
            }
        }
    }
}
