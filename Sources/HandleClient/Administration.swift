public import HandleProtocol
internal import NIOCore
internal import NIOPosix

/// Asks a server, over TCP, for what only administrators may do, and answers its challenge (RFC 3652 §3.5).
///
/// Safe to use from many tasks at once; each request has a connection of its own.
public struct Administration: Sendable {
    public let server: ServerAddress
    public let authentication: ClientAuthentication
    /// Only the times for TCP and its security are used.
    public var options: ClientOptions

    public init(
        server: ServerAddress, authentication: ClientAuthentication, options: ClientOptions = ClientOptions()
    ) {
        self.server = server
        self.authentication = authentication
        self.options = options
    }

    /// The server's answer; that of a list holds the last of the names.
    public struct Reply: Sendable {
        public var message: Message
        public var answer: Answer

        public var responseCode: ResponseCode { message.header.responseCode }
    }

    /// Asks, and proves who asks where the server wants to know. An answer that says no is an answer. Cancelling the
    /// task ends it at once; what was asked for may be done all the same.
    /// - Parameter onNames: Called with the names of a list message by message, all but the last; on a thread that
    ///   reads no more until it returns.
    public func perform(
        _ request: AdministrativeRequest, onNames: @escaping @Sendable (HandleList) -> Void = { _ in }
    ) async throws(ClientError) -> Reply {
        let message = request.message(at: Client.now())
        guard message.contentByteCount <= Limits.messageByteCount else {
            throw ClientError(.requestTooLong, server: server)
        }
        let remote = try server.socketAddress()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: AdministrationExchange.Ending.self)
        AdministrationExchange.begin(
            AdministrationConversation(message, authentication: authentication),
            AdministrationExchange.Purpose(
                remote: remote, server: server, options: options, onNames: onNames, promise: promise),
            on: loop)
        do {
            let ending = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(ClientError(.cancelled))
            }
            return Reply(message: ending.message, answer: ending.answer)
        } catch let error as ClientError {
            throw ClientError(error.code, server: server)
        } catch {
            throw ClientError(.refused, server: server)
        }
    }
}
