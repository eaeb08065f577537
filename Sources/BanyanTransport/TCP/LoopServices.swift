import BanyanIndex
import BanyanResolver
import CLinux
import HandleProtocol
import NIOCore

/// What the connections of one event loop share: a resolver, a snapshot, the buffer for answers. Used on that loop
/// alone.
final class LoopServices {
    let shared: TransportServices
    private let eventLoop: any EventLoop
    private var resolver: Resolver
    private var snapshot: IndexSnapshot
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var drained: EventLoopPromise<Void>?
    /// Answers from other threads come through it.
    let mailbox: LoopMailbox
    /// Connections that have been given answers which are not written yet.
    private var unwritten: [ConnectionHandler] = []
    /// Seconds since 1970, when the snapshot was renewed.
    private(set) var now: UInt32 = 0
    /// Emptied, not freed, between reads: answers that are written at once need no new memory.
    var answers = ByteBuffer()

    init(_ shared: TransportServices, on eventLoop: any EventLoop)
        throws(IndexError)
    {
        // What may fail comes first: the compiler does not undo a half-made object of such parts.
        var snapshot = try shared.index.snapshot()
        snapshot.reset()
        self.snapshot = snapshot
        resolver = shared.makeResolver(for: .secureStreams)
        self.shared = shared
        self.eventLoop = eventLoop
        mailbox = LoopMailbox(on: eventLoop)
    }

    // MARK: Answers from other threads

    /// Has a connection write its answers when all that have come are with their connections: once, however many.
    func hasAnswers(_ connection: ConnectionHandler) {
        unwritten.append(connection)
        guard unwritten.count == 1 else { return }
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        mailbox.run { loop.value.writeAnswers() }
    }

    private func writeAnswers() {
        let connections = unwritten
        unwritten.removeAll(keepingCapacity: true)
        for connection in connections { connection.writeCollected() }
    }

    // MARK: Answers

    /// Runs `body`, which answers requests that have come, from a snapshot of now. The snapshot is given back before
    /// anybody waits. False if the index cannot be read.
    func withSnapshot(_ body: () -> Void) -> Bool {
        now = cl_seconds()
        do throws(IndexError) {
            try resolver.renew(&snapshot)
        } catch {
            shared.counters.add(.indexErrors)
            shared.report(error, at: now)
            return false
        }
        body()
        snapshot.reset()
        shared.collect(from: &resolver, at: now)
        return true
    }

    /// Appends the answer to `request`. Inside `withSnapshot` only.
    func answer(_ request: ByteBuffer, into output: inout ByteBuffer) -> Outcome {
        let outcome = answer(request, inRoomOf: Self.usualByteCount, of: &output)
        guard outcome == .tooLong else { return outcome }
        return answer(request, inRoomOf: Resolver.largestResponseByteCount, of: &output)
    }

    private func answer(_ request: ByteBuffer, inRoomOf byteCount: Int, of output: inout ByteBuffer) -> Outcome {
        var outcome = Outcome.drop
        output.writeWithOutputRawSpan(minimumWritableBytes: byteCount) { span in
            outcome = resolver.answer(
                request.readableBytesSpan, over: .stream, from: snapshot, at: now, into: &span)
        }
        return outcome
    }

    /// Appends a short answer to a request that is not looked into; false when it is none.
    func refuse(_ request: ByteBuffer, _ code: ResponseCode, into output: inout ByteBuffer) -> Bool {
        var isWritten = false
        output.writeWithOutputRawSpan(minimumWritableBytes: Refusal.byteCount) { span in
            isWritten = Refusal.write(
                code, to: request.readableBytesSpan, site: snapshot.site, at: cl_seconds(), into: &span)
        }
        return isWritten
    }

    /// Room that nearly every answer fits in.
    private static let usualByteCount = 2_048

    // MARK: Connections

    func insert(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { drained?.succeed() }
    }

    /// Closes the connection that has been idle longest, but none of a client that stays.
    func evictIdle() {
        let idle = connections.values.filter(\.isEvictable).min { $0.lastActivity < $1.lastActivity }
        guard let idle else { return }
        shared.counters.add(.connectionsEvicted)
        idle.close()
    }

    /// Lets every connection finish what is in work; the future is done when the last has closed.
    func drain() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }

    func closeAll() {
        for connection in connections.values { connection.close() }
    }
}
