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
    private var channels: [LoadChannel] = []
    private var channelCount = 0
    private var connecting = 0
    private var refusals = 0
    private var nextChannel = 0
    private var timer: Scheduled<Void>?
    private var housekeeping: Scheduled<Void>?
    private var nextExpiry: UInt64 = 0
    private var isFinished = false

    /// Requests written at once before reading goes on.
    private static let batch = 64
    /// Connections that may fail before the server counts as unreachable. Of datagrams the first refusal counts, when
    /// no answer came before it.
    private static let refusalLimit = 3

    init(
        _ workload: Workload, keys: KeySet, target: ServerAddress, remote: SocketAddress, on loop: any EventLoop,
        promise: EventLoopPromise<LoadResult>
    ) {
        self.loop = loop
        self.workload = workload
        self.keys = keys
        self.remote = remote
        self.promise = promise
        template = RequestTemplate(keepAlive: workload.transport == .tcp && workload.requestsPerConnection != 1)
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
                self.channelCount += 1
                self.channels.append(LoadChannel(id: self.channelCount, channel: channel))
                if self.connecting == 0 { self.pump() }
            case .success(let channel): channel.close(promise: nil)
            case .failure: self.refused()
            }
        }
    }

    /// A connection ended, by the server or because it has had its requests: the run goes on over a new one. What it
    /// left unanswered is lost.
    func closed(_ channel: any Channel) {
        guard let place = channels.firstIndex(where: { $0.channel === channel }) else { return }
        count(lost: table.expire(sentOn: channels.remove(at: place).id))
        if !isFinished { connect() }
    }

    /// The other side, or the network, says that nobody listens.
    func refused() {
        refusals += 1
        if result.answered == 0, refusals >= LoadDriver.refusalLimit || workload.transport == .udp {
            finish(.failure(BenchError.unreachable(result.target)))
        } else if workload.transport == .tcp, !isFinished {
            loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) {
                if !self.isFinished, self.channels.count + self.connecting < self.workload.connectionCount {
                    self.connect()
                }
            }
        }
    }

    // MARK: Sending

    /// Every 5 ms: what was lost, what is due, whether it is over.
    private func tick() {
        housekeeping = loop.assumeIsolated().scheduleTask(in: .milliseconds(5)) { self.tick() }
        let now = LoadDriver.now()
        // A look through the table costs as much as it is large: sixteen a time-out are enough.
        if now >= nextExpiry {
            nextExpiry = now + UInt64(workload.timeout * 1e9 / 16)
            count(lost: table.expire(sentBefore: plan.deadline(now: now)))
        }
        pump()
    }

    private func count(lost requests: [RequestTable.Request]) {
        result.lost += requests.count { plan.isMeasured($0.scheduled) }
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
        var idleCount = 0
        var sent = 0
        repeat {
            nextChannel = (nextChannel + 1) % channels.count
            sent = send(onChannelAt: nextChannel, now: now)
            idleCount = sent == 0 ? idleCount + 1 : 0
        } while idleCount < channels.count && table.hasRoom && (sent == 0 || plan.nextDue == nil)
        wakeWhenDue()
    }

    /// Requests sent: a batch at most.
    private func send(onChannelAt place: Int, now: UInt64) -> Int {
        let channel = channels[place].channel
        let most = min(LoadDriver.batch, (workload.requestsPerConnection ?? .max) - channels[place].sentCount)
        var buffer = channel.allocator.buffer(capacity: LoadDriver.batch * 128)
        var lengths: [Int] = []
        while lengths.count < most, table.hasRoom, let scheduled = plan.next(now: now) {
            let key = choice.next()
            let handle = keys[key]
            let request = RequestTable.Request(
                scheduled: scheduled, sent: now, key: key, channel: channels[place].id)
            guard let requestID = table.open(request) else { break }
            let length = template.byteCount(of: handle)
            buffer.writeWithOutputRawSpan(minimumWritableBytes: length) { output in
                _ = template.write(handle, requestID: requestID, to: &output)
            }
            lengths.append(length)
            if plan.isMeasured(scheduled) { result.sent += 1 }
        }
        guard !lengths.isEmpty else { return 0 }
        channels[place].sentCount += lengths.count
        channels[place].underWay += lengths.count
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
        answered(on: request.channel)
        guard plan.isMeasured(request.scheduled) else { return }
        result.latency.record(now > request.scheduled ? now - request.scheduled : 0)
        // Of an answer in several datagrams the one that came last may be any; that all came is what counts.
        guard !envelope.flags.contains(.truncated) || envelope.sequence == 0 else { return result.count(.success) }
        result.count(code(of: bytes, asked: keys[request.key]))
    }

    /// A connection that has had its requests and all their answers is closed.
    private func answered(on id: Int) {
        guard let most = workload.requestsPerConnection, workload.transport == .tcp,
            let place = channels.firstIndex(where: { $0.id == id })
        else { return }
        channels[place].underWay -= 1
        guard channels[place].underWay == 0, channels[place].sentCount >= most else { return }
        channels[place].channel.close(promise: nil)
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
        count(lost: table.expire(sentBefore: .max))
        result.seconds = plan.measuredSeconds
        result.unsent = plan.unsentCount
        finish(.success(result))
    }

    private func finish(_ outcome: Result<LoadResult, any Error>) {
        guard !isFinished else { return }
        isFinished = true
        housekeeping?.cancel()
        timer?.cancel()
        for channel in channels { channel.channel.close(promise: nil) }
        channels = []
        promise.completeWith(outcome)
    }
}

/// A socket or connection of a run.
private struct LoadChannel {
    let id: Int
    let channel: any Channel
    var sentCount = 0
    var underWay = 0
}
