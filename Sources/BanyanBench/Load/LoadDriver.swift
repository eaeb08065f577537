import HandleClient
import HandleProtocol
import NIOCore
import NIOPosix

/// Sends requests as the plan says and counts the answers. Lives on one event loop, which has a thread of its own;
/// datagrams go out and come in many at a system call, requests on a stream many in a write.
final class LoadDriver {
    private let loop: any EventLoop
    private let workload: Workload
    private let keys: KeySet
    private let remote: SocketAddress
    private let template: RequestTemplate
    private let promise: EventLoopPromise<LoadResult>
    private var plan: LoadPlan
    private var table: RequestTable
    private var choice: KeyChoice
    private var result: LoadResult
    private var channels: [any Channel] = []
    private var connecting = 0
    private var refusals = 0
    private var nextChannel = 0
    private var timer: Scheduled<Void>?
    private var housekeeping: Scheduled<Void>?
    private var isFinished = false

    /// Requests written at once before reading goes on.
    private static let batch = 64
    /// Connections that may fail, or datagrams that may be refused, before the server counts as unreachable.
    private static let refusalLimit = 100

    init(
        _ workload: Workload, keys: KeySet, target: ServerAddress, remote: SocketAddress, on loop: any EventLoop,
        promise: EventLoopPromise<LoadResult>
    ) {
        self.loop = loop
        self.workload = workload
        self.keys = keys
        self.remote = remote
        self.promise = promise
        template = RequestTemplate(keepAlive: workload.transport == .tcp)
        plan = LoadPlan(workload, start: LoadDriver.now())
        table = RequestTable(capacity: workload.tableCapacity)
        choice = KeyChoice(workload.popularity, count: keys.count, seed: workload.seed)
        result = LoadResult()
        result.target = target.description
        result.workload = workload
        result.keyCount = keys.count
    }

    static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    func start() {
        for _ in 0..<workload.connectionCount { connect() }
        tick()
    }

    // MARK: Channels

    private func connect() {
        connecting += 1
        let bound = NIOLoopBound(self, eventLoop: loop)
        let opening: EventLoopFuture<any Channel>
        switch workload.transport {
        case .udp:
            let allocator = FixedSizeRecvByteBufferAllocator(
                capacity: LoadDriver.batch * Limits.receivedDatagramByteCount)
            opening = DatagramBootstrap(group: loop)
                .channelOption(.datagramVectorReadMessageCount, value: LoadDriver.batch)
                .channelOption(.recvAllocator, value: allocator)
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramLoadHandler(bound.value))
                    }
                }.connect(to: remote)
        case .tcp:
            opening = ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StreamLoadHandler(bound.value))
                    }
                }.connect(to: remote)
        }
        opening.assumeIsolated().whenComplete { outcome in
            self.connecting -= 1
            switch outcome {
            case .success(let channel) where !self.isFinished:
                self.channels.append(channel)
                if self.connecting == 0 { self.pump() }
            case .success(let channel): channel.close(promise: nil)
            case .failure: self.refused()
            }
        }
    }

    /// A connection ended. Some servers close after each answer: the run goes on over a new one.
    func closed(_ channel: any Channel) {
        channels.removeAll { $0 === channel }
        guard !isFinished, workload.transport == .tcp else { return }
        if result.answered == 0, table.underWay > 0 { refused() }
        if !isFinished { connect() }
    }

    /// The other side, or the network, says that nobody listens.
    func refused() {
        refusals += 1
        guard refusals >= (workload.transport == .udp ? LoadDriver.refusalLimit : 3), result.answered == 0 else {
            if workload.transport == .tcp, channels.isEmpty, connecting == 0, !isFinished { connect() }
            return
        }
        finish(.failure(BenchError.unreachable(result.target)))
    }

    // MARK: Sending

    /// Every 5 ms: what was lost, what is due, whether it is over.
    private func tick() {
        housekeeping = loop.assumeIsolated().scheduleTask(in: .milliseconds(5)) { self.tick() }
        let now = LoadDriver.now()
        for request in table.expire(sentBefore: plan.deadline(now: now)) where plan.isMeasured(request.scheduled) {
            result.lost += 1
        }
        pump()
    }

    /// Sends what is due and looks whether the run is over. In the open loop a batch at most: reading must go on
    /// however far sending is behind.
    func pump() {
        guard !isFinished else { return }
        let now = LoadDriver.now()
        switch plan.phase(now: now, underWay: table.underWay) {
        case .sending: break
        case .draining: return
        case .finished: return complete()
        }
        guard !channels.isEmpty else { return }
        repeat {
            nextChannel = (nextChannel + 1) % channels.count
        } while send(on: channels[nextChannel], now: now) == LoadDriver.batch && plan.nextDue == nil
        wakeWhenDue()
    }

    /// Requests sent: a batch at most.
    private func send(on channel: any Channel, now: UInt64) -> Int {
        var buffer = channel.allocator.buffer(capacity: LoadDriver.batch * 128)
        var lengths: [Int] = []
        while lengths.count < LoadDriver.batch, table.hasRoom, let scheduled = plan.next(now: now) {
            let key = choice.next()
            let handle = keys[key]
            guard let requestID = table.open(.init(scheduled: scheduled, sent: now, key: key)) else { break }
            let length = template.byteCount(of: handle)
            buffer.writeWithOutputRawSpan(minimumWritableBytes: length) { output in
                _ = template.write(handle, requestID: requestID, to: &output)
            }
            lengths.append(length)
            if plan.isMeasured(scheduled) { result.sent += 1 }
        }
        guard !lengths.isEmpty else { return 0 }
        switch workload.transport {
        case .tcp: channel.write(buffer, promise: nil)
        case .udp:
            for length in lengths {
                guard let datagram = buffer.readSlice(length: length) else { break }
                channel.write(AddressedEnvelope(remoteAddress: remote, data: datagram), promise: nil)
            }
        }
        channel.flush()
        return lengths.count
    }

    /// Open loop: comes back when the next request is due; at once when it already is.
    private func wakeWhenDue() {
        guard timer == nil, table.hasRoom, let due = plan.nextDue else { return }
        timer = loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(due)) {
            self.timer = nil
            self.pump()
        }
    }

    // MARK: Answers

    /// One datagram, or one whole message of a stream: envelope and what follows.
    func received(_ bytes: RawSpan, now: UInt64) {
        guard let envelope = try? Envelope(parsing: bytes) else {
            result.failed += 1
            return
        }
        let requestID = envelope.requestID
        guard let request = table.request(requestID) else {
            result.late += 1
            return
        }
        if envelope.flags.contains(.truncated) {
            let received = table.receive(requestID, byteCount: bytes.byteCount - Envelope.byteCount)
            guard received >= Int(envelope.messageByteCount) else { return }
        }
        table.close(requestID)
        guard plan.isMeasured(request.scheduled) else { return }
        result.latency.record(now > request.scheduled ? now - request.scheduled : 0)
        // Of an answer in several datagrams the one that came last may be any; that all came is what counts.
        guard !envelope.flags.contains(.truncated) || envelope.sequence == 0 else { return result.count(.success) }
        result.count(code(of: bytes, asked: keys[request.key]))
    }

    /// The answer's code; an error when it is about another handle than was asked.
    private func code(of bytes: RawSpan, asked: ArraySlice<UInt8>) -> ResponseCode {
        let message = bytes.extracting(droppingFirst: Envelope.byteCount)
        guard let header = try? MessageHeader(parsing: message) else { return .error }
        guard header.responseCode == .success else { return header.responseCode }
        var reader = ByteReader(message.extracting(droppingFirst: MessageHeader.byteCount))
        guard let handle = try? reader.readBytes("handle"), handle.hasSameBytes(as: asked.rawSpan) else {
            return .error
        }
        return .success
    }

    // MARK: The end

    private func complete() {
        result.lost += table.expire(sentBefore: .max).count { plan.isMeasured($0.scheduled) }
        result.seconds = plan.measuredSeconds
        result.unsent = plan.unsentCount
        finish(.success(result))
    }

    private func finish(_ outcome: Result<LoadResult, any Error>) {
        guard !isFinished else { return }
        isFinished = true
        housekeeping?.cancel()
        timer?.cancel()
        for channel in channels { channel.close(promise: nil) }
        channels = []
        promise.completeWith(outcome)
    }
}
