public import HandleClient
import HandleCrypto
public import HandleProtocol
internal import NIOCore
internal import NIOPosix
public import OpenSSL
public import Synchronization

/// A reference primary that says what was recorded: each connection gets the next stream of the script, behind the
/// answer that belongs to its request. It asks nobody who he is.
public final class ScriptedPrimary: Sendable {
    private let channel: any Channel
    private let script: Mutex<[[UInt8]]>
    public let requests = Mutex<[RequestBody]>([])

    /// - Parameter streams: from their first bytes on, as signed streams begin.
    public init(streams: [[UInt8]]) async throws {
        script = Mutex(streams)
        let holder = Holder()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(holder))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        holder.primary.withLock { $0 = self }
    }

    deinit { channel.close(promise: nil) }

    public var address: ServerAddress { ServerAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0) }

    /// The key whose signatures the recorded streams carry.
    public static func serverKey() throws -> PublicKey {
        guard let key = try Vectors.load("dataset")[0].fields["server_private_key_encoding_hex"].hex else {
            throw TestFailure("no key in the data set")
        }
        return try PrivateKeyRecord(parsing: key.rawSpan).privateKey().publicKey()
    }

    public static func stream(_ name: String) throws -> [UInt8] {
        guard let bytes = try Vectors.load("replication", name: name).fields["stream_hex"].hex else {
            throw TestFailure("no signed stream: \(name)")
        }
        return bytes
    }

    private func next(for request: Message) -> (Message, [UInt8]) {
        if request.header.opCode == .getSiteInfo { return (site(for: request), []) }
        guard let body = try? RequestBody(parsing: request) else { return (answer(to: request, .error), []) }
        // To a reference server the questions of our own kind are malformed.
        if case .transactions(let question) = body, case .journal = question.known {
            return (answer(to: request, .error), [])
        }
        if case .dump(let question) = body, question.resume?.table ?? 0 >= NodeStream.recordsTable {
            return (answer(to: request, .error), [])
        }
        requests.withLock { $0.append(body) }
        let stream = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let stream else { return (answer(to: request, .serverTooBusy), []) }
        return (answer(to: request, .success), stream)
    }

    /// The recorded site record, with this server's address in place of the recorded one.
    private func site(for request: Message) -> Message {
        guard let record = try? Vectors.load("dataset")[0].fields["siteinfo_hex"].hex,
            var site = try? Site(parsing: record.rawSpan), let loopback = SiteAddress("127.0.0.1")
        else { return answer(to: request, .error) }
        for server in site.servers.indices {
            site.servers[server].address = loopback
            for interface in site.servers[server].interfaces.indices {
                site.servers[server].interfaces[interface].port = UInt32(channel.localAddress?.port ?? 0)
            }
        }
        return answer(to: request, .success, .site(site.bytes))
    }

    private func answer(to request: Message, _ code: ResponseCode, _ known: AnswerBody? = nil) -> Message {
        let body: AnswerBody =
            known != nil
            ? known ?? .empty(surplus: [])
            : code != .success
                ? .error(ErrorBody(message: ""))
                : request.header.opCode == .dumpHandles ? .empty(surplus: []) : .stream(StreamAnnouncement())
        return Message(
            envelope: Envelope(
                version: .current, requestID: request.envelope.requestID, messageByteCount: 0),
            header: MessageHeader(
                opCode: request.header.opCode, responseCode: code, flags: .usual, siteSerial: 1,
                expiration: 0x7FFF_FFFF),
            body: Answer(body).bytes())
    }

    private final class Holder: Sendable {
        let primary = Mutex<ScriptedPrimary?>(nil)
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let holder: Holder
        private var bytes: [UInt8] = []

        init(_ holder: Holder) { self.holder = holder }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            guard bytes.count >= 20, bytes.count >= 20 + Int(bytes.rawSpan.bigEndianUInt32(at: 16)),
                let request = try? Message(parsing: bytes.rawSpan),
                let (message, stream) = holder.primary.withLock({ $0?.next(for: request) })
            else { return }
            bytes = []
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(bytes: message.bytes() + stream)).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }
}
