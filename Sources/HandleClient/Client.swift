internal import Foundation
public import HandleProtocol
internal import NIOCore
internal import NIOPosix

/// One request, one answer: over UDP, then TCP, as the options say.
///
/// Safe to use from many tasks at once. It uses NIO's own threads; nothing need be closed.
public struct Client: Sendable {
    public var options: ClientOptions
    private let loops: any EventLoopGroup

    public init(options: ClientOptions = ClientOptions()) {
        self.options = options
        loops = MultiThreadedEventLoopGroup.singleton
    }

    /// An answer that is one to the request: request id, operation, expiration and digest have been checked.
    public struct Reply: Sendable {
        public var message: Message
        public var answer: Answer
        public var server: ServerAddress
        /// Whether it came over UDP.
        public var isDatagram: Bool
        /// From sending to the whole answer, in nanoseconds, tries without answer included.
        public var elapsed: UInt64
        /// Bytes of the whole answer, its envelope counted once.
        public var byteCount: Int

        public var responseCode: ResponseCode { message.header.responseCode }
    }

    /// Seconds since 1970, as headers count them.
    static func now() -> UInt32 { UInt32(clamping: Int64(Date().timeIntervalSince1970)) }

    /// Asks. Throws when there is no answer, or none to trust; an answer that says no is an answer.
    public func send(_ request: Message, to endpoint: ServerEndpoint) async throws(ClientError) -> Reply {
        guard request.contentByteCount <= Limits.messageByteCount else { throw ClientError(.requestTooLong) }
        let start = NIODeadline.now()
        var failure = ClientError(.noSite, server: endpoint.address)
        if options.transport != .streamOnly, options.security == nil, let server = endpoint.datagram {
            do throws(ClientError) {
                return try await send(request, to: server, isDatagram: true, since: start)
            } catch {
                // Some servers, and some firewalls, know TCP only.
                guard error.isUnreachable, options.transport == .datagramThenStream else { throw error }
                failure = error
            }
        }
        guard options.transport != .datagramOnly, let server = endpoint.stream else { throw failure }
        return try await send(request, to: server, isDatagram: false, since: start)
    }

    private func send(
        _ request: Message, to server: ServerAddress, isDatagram: Bool, since start: NIODeadline
    ) async throws(ClientError) -> Reply {
        let remote = try server.socketAddress()
        do {
            let bytes =
                isDatagram
                ? try await DatagramExchange.run(
                    request, to: remote, timeouts: options.datagramTimeouts, on: loops.next())
                : try await StreamExchange.run(
                    request, to: remote, of: server, options: options, on: loops.next())
            var reply = try parse(bytes, of: request, from: server, isDatagram: isDatagram)
            reply.elapsed = UInt64((NIODeadline.now() - start).nanoseconds)
            return reply
        } catch let error as ClientError {
            throw ClientError(error.code, server: server)
        } catch {
            throw ClientError(.refused, server: server)
        }
    }

    private func parse(
        _ bytes: [UInt8], of request: Message, from server: ServerAddress, isDatagram: Bool
    ) throws(ClientError) -> Reply {
        var message: Message
        let answer: Answer
        do {
            message = try Message(parsing: bytes.rawSpan)
            // The datagrams were pieces; the message is whole.
            message.envelope.flags.remove(.truncated)
            answer = try Answer(
                parsing: message, digestAsked: request.header.flags.contains(.requestDigest))
        } catch {
            throw ClientError(.malformedAnswer)
        }
        try AnswerCheck.check(message, answer, to: request, at: Client.now())
        return Reply(
            message: message, answer: answer, server: server, isDatagram: isDatagram, elapsed: 0,
            byteCount: bytes.count)
    }
}
