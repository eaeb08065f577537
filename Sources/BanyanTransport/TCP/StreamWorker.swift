import BanyanIndex
import Glibc
import NIOCore
import Synchronization

/// Answers requests on streams: one thread with its own connections, buffers, table and snapshot. Connections come from
/// listeners that all workers share.
final class StreamWorker {
    /// Connections taken at once, before others are answered.
    private static let acceptCount = 64
    /// Between two looks for what took too long.
    private static let lookInterval = TimeAmount.milliseconds(250)

    let services: TransportServices
    let mailbox: StreamMailbox
    /// Where connections go on which TLS begins.
    let secureStreams: SecureStreams?
    var responder: StreamResponder
    /// Closed connections are here as well, while the pool has requests of theirs.
    var handedOff: [UInt64: StreamConnection] = [:]
    /// Those that have answers from other threads to write.
    var collected: [StreamConnection] = []
    /// Those that have more to read than one turn takes.
    var waiting: [StreamConnection] = []
    /// When this round of events began.
    private(set) var now = NIODeadline.now()

    private let listeners: [StreamListeningSocket]
    private let poll = Poll()
    /// By descriptor.
    private var connections: [StreamConnection?] = []
    private var connectionCount = 0
    private var isAccepting = false
    private var input = ByteBuffer()
    private var nextLook = NIODeadline.now()
    /// When the node stops: no later than this.
    private var end: NIODeadline?

    /// Must be made on the thread that runs it.
    init(
        _ listeners: [StreamListeningSocket], _ mailbox: StreamMailbox, _ secureStreams: SecureStreams?,
        _ services: TransportServices
    ) throws {
        self.secureStreams = secureStreams
        self.listeners = listeners
        self.mailbox = mailbox
        self.services = services
        responder = try StreamResponder(services)
        accept()
        guard poll.watch(mailbox.waker), isAccepting else {
            throw TransportError(endpoint: listeners[0].endpoint, door: .tcp, errorNumber: ENFILE)
        }
    }

    /// Answers until the node stops and the last connection has ended.
    func run() {
        var isWarming = responder.hasTable
        while end == nil || (connectionCount > 0 || !handedOff.isEmpty) && now < (end ?? now) {
            let isBusy = connectionCount > 0 || end != nil || !isAccepting
            let count = poll.wait(milliseconds: isWarming || !waiting.isEmpty ? 0 : isBusy ? 250 : -1)
            now = .now()
            let waited = waiting
            waiting.removeAll(keepingCapacity: true)
            for place in 0..<count { happened(poll[place]) }
            for connection in waited { connection.goOn(on: self) }
            if now >= nextLook { look() }
            if isWarming { isWarming = responder.warm() }
        }
        for connection in connections { connection?.close(on: self) }
    }

    /// Takes no more connections, and lets each finish what is in work.
    func drain(until deadline: NIODeadline) {
        end = deadline
        rest()
        for connection in connections { connection?.drain(on: self) }
    }

    private func happened(_ event: Poll.Event) {
        let place = Int(event.descriptor)
        if connections.indices.contains(place), let connection = connections[place] {
            connection.happened(event, on: self)
        } else if event.descriptor == mailbox.waker.descriptor {
            mailbox.waker.clear()
            readMail()
        } else if let listener = listeners.first(where: { $0.descriptor == event.descriptor }) {
            accept(from: listener)
        }
    }

    /// Does what other threads want, and what that adds; then each connection writes its answers once.
    private func readMail() {
        var messages = mailbox.take()
        while !messages.isEmpty {
            for message in messages { message(self) }
            messages = mailbox.take()
        }
        let connections = collected
        collected.removeAll(keepingCapacity: true)
        for connection in connections { connection.writeCollected(on: self) }
    }

    /// Four times a second: what took too long, and whether there are descriptors again.
    private func look() {
        nextLook = now + Self.lookInterval
        for connection in connections { connection?.look(at: now, on: self) }
        if !isAccepting && end == nil { accept() }
    }

    // MARK: Connections

    private func accept() {
        isAccepting = listeners.allSatisfy { poll.watch($0) }
    }

    private func rest() {
        for listener in listeners { poll.forget(listener) }
        isAccepting = false
    }

    private func accept(from listener: StreamListeningSocket) {
        for _ in 0..<Self.acceptCount {
            switch listener.accept() {
            case .connection(let socket, let endpoint): admit(socket, endpoint)
            case .none: return
            case .exhausted: return rest()
            }
        }
    }

    private func admit(_ socket: StreamSocket, _ endpoint: Endpoint) {
        let configuration = services.configuration
        let isExempt = configuration.isExempt(endpoint.address)
        let admission = services.connectionTable.admit(
            endpoint.address, isExempt: isExempt, mostPerAddress: configuration.connectionsPerAddress)
        guard admission != .refused else { return services.counters.add(.connectionsRefused) }
        if admission == .crowded { evictIdle() }
        services.counters.add(.connectionsAccepted)
        let place = Int(socket.descriptor)
        while connections.count <= place { connections.append(nil) }
        let connection = StreamConnection(
            socket, endpoint, number: services.connectionTable.nextNumber(), isExempt: isExempt, on: self)
        connections[place] = connection
        connectionCount += 1
        if !poll.watch(socket) { connection.close(on: self) }
    }

    /// Closes the connection that has been idle longest, but none of a client that stays.
    private func evictIdle() {
        let idle = connections.lazy.compactMap(\.self).filter(\.isEvictable)
        guard let longest = idle.min(by: { $0.lastActivity < $1.lastActivity }) else { return }
        services.counters.add(.connectionsEvicted)
        longest.close(on: self)
    }

    /// A connection that is still open.
    func connection(_ descriptor: Int32, _ number: UInt64) -> StreamConnection? {
        let place = Int(descriptor)
        guard connections.indices.contains(place), let connection = connections[place] else { return nil }
        return connection.number == number ? connection : nil
    }

    func closed(_ connection: StreamConnection, _ socket: StreamSocket) {
        connections[Int(socket.descriptor)] = nil
        connectionCount -= 1
        services.connectionTable.release(connection.endpoint.address)
        services.counters.add(.connectionsClosed)
        tellOfEnd(connection)
    }

    /// A connection that stays open is no longer this worker's.
    func forget(_ socket: StreamSocket) {
        poll.forget(socket)
        connections[Int(socket.descriptor)] = nil
        connectionCount -= 1
    }

    /// Tells that nothing comes from this connection any more, when nothing of it is in work either.
    func tellOfEnd(_ connection: StreamConnection) {
        if connection.socket == nil, connection.handOffsInWork == 0 { services.connectionClosed(connection.number) }
    }

    // MARK: The buffer for what comes in

    func takeInput() -> ByteBuffer {
        defer { input = ByteBuffer() }
        return input
    }

    func giveBack(_ buffer: ByteBuffer) {
        input = buffer
        input.clear()
    }
}

/// What other threads want of a worker.
final class StreamMailbox: Sendable {
    typealias Message = @Sendable (StreamWorker) -> Void

    private struct State {
        var messages: [Message] = []
        /// Whether the worker knows that there are some, or is at them.
        var isWoken = false
    }

    let waker = Waker()
    private let state = Mutex(State())

    func post(_ message: @escaping Message) {
        let mustWake = state.withLock { state in
            state.messages.append(message)
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if mustWake { waker.wake() }
    }

    /// Those that have come; to be called again until there are none.
    fileprivate func take() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            state.isWoken = !state.messages.isEmpty
            return state.messages
        }
    }
}
