import BanyanAdmin
import BanyanIndex
import BanyanResolver
import CLinux
import HandleProtocol
import Synchronization

/// Answers datagrams: one thread, one socket, its own buffers and its own snapshot; nothing is shared, locked or
/// allocated for a request that is resolved here.
///
/// The snapshot is renewed after datagrams have come, so no answer is older than its question, and given back before
/// waiting, so an idle worker keeps no page of the index from being used again.
struct DatagramWorker: ~Copyable {
    /// Batches that are still answered when the node stops: more than the socket's buffer holds of small datagrams.
    private static let lastBatchCount = 512
    /// Records that are copied into the table between two batches: a quarter of a millisecond.
    private static let recordsWarmedAtOnce = 256

    private let socket: DatagramSocket
    private let services: TransportServices
    private var configuration: TransportConfiguration
    private var generation: UInt64 = 0
    private var batch: DatagramBatch
    private var answers: AnswerBatch
    private var resolver: Resolver
    /// Where the requests of a group lead in the table.
    private var hashes = [UInt64](repeating: 0, count: DatagramBatch.groupCount)
    private var snapshot: IndexSnapshot
    private var fragments: FragmentAssembly<IPAddress>
    private var tally = TransportTally()
    private var lastAsker: (address: IPAddress, isExempt: Bool)
    /// The batch's clock: seconds since 1970, and milliseconds that never go back.
    private var now: UInt32 = 0
    private var milliseconds: UInt64 = 0

    /// Must be made on the thread that runs it.
    init(_ socket: DatagramSocket, _ services: TransportServices) throws(IndexError) {
        self.socket = socket
        self.services = services
        configuration = services.configuration
        answers = AnswerBatch(sendsTrains: socket.sendsTrains)
        batch = DatagramBatch(tellsAddress: socket.endpoint.address.isUnspecified)
        var bounds = FragmentAssembly<IPAddress>.Bounds()
        bounds.count = max(64, bounds.count / max(1, configuration.workerCount))
        fragments = FragmentAssembly(bounds: bounds)
        let nobody = IPAddress(high: 0, low: 0)
        lastAsker = (nobody, configuration.isExempt(nobody))
        resolver = services.makeResolver(for: .datagrams)
        snapshot = try services.index.snapshot()
        snapshot.reset()
    }

    /// Takes the configuration anew if it has changed.
    private mutating func takeConfiguration() {
        let latest = services.generation.load(ordering: .acquiring)
        guard latest != generation else { return }
        generation = latest
        configuration = services.configuration
        lastAsker = (lastAsker.address, configuration.isExempt(lastAsker.address))
    }

    /// Answers until the node stops, and then what has come before that.
    mutating func run() {
        var isWarming = resolver.hasTable
        var lastWarmed: [UInt8] = []
        while !services.isStopping.load(ordering: .relaxed) {
            answerBatch(of: batch.receive(from: socket, waiting: !isWarming))
            if isWarming { isWarming = warm(after: &lastWarmed) }
        }
        for _ in 0..<Self.lastBatchCount {
            let slotCount = batch.receive(from: socket, waiting: false)
            guard slotCount > 0 else { return }
            answerBatch(of: slotCount)
        }
    }

    /// Copies some records into the table, between two batches.
    private mutating func warm(after last: inout [UInt8]) -> Bool {
        defer { snapshot.reset() }
        do throws(IndexError) {
            return try resolver.warm(from: &snapshot, after: &last, count: Self.recordsWarmedAtOnce)
        } catch {
            services.report(error, at: cl_seconds())
            return false
        }
    }

    private mutating func answerBatch(of slotCount: Int) {
        takeConfiguration()
        guard slotCount > 0 else { return }
        now = cl_seconds()
        milliseconds = cl_milliseconds()
        do throws(IndexError) {
            try resolver.renew(&snapshot)
            while nextGroup() {
                resolver.lookAhead(batch, into: &hashes)
                for place in 0..<batch.count { receive(place) }
            }
        } catch {
            services.report(error, at: now)
            tally.add(.indexErrors)
            while nextGroup() { for place in 0..<batch.count { refuse(place, .error) } }
        }
        count(answers.send(through: socket))
        snapshot.reset()
        services.collect(from: &resolver, at: now)
        tally.flush(to: services.counters)
    }

    private mutating func nextGroup() -> Bool {
        guard batch.nextGroup() else { return false }
        tally.add(.datagramsReceived, batch.count)
        return true
    }

    // MARK: One datagram

    private mutating func receive(_ place: Int) {
        guard !batch.isOversized(place) else { return tally.add(.datagramsOversized) }
        let address = batch.address(place)
        let isExempt = isExempt(address)
        guard isExempt || admits(RateLimiter.Cost(answers: 1), from: address) else {
            return limit(place)
        }
        guard batch.request(place).byte(at: 2) & Envelope.Flags.truncated.rawValue == 0 else {
            return assemble(place, from: address, isExempt: isExempt)
        }
        let (outcome, byteCount) = resolver.answer(place, of: batch, from: snapshot, at: now, into: &answers)
        guard outcome == .reply, byteCount <= Limits.datagramByteCount, isExempt else {
            return finish(outcome, byteCount, Origin(place: place, address: address, isExempt: isExempt))
        }
        // What nearly every datagram comes to.
        tally.add(.datagramRequestsAnswered)
        count(answers.queue(byteCount: byteCount, isFragment: false, to: place, of: batch, through: socket))
    }

    /// Where a request came from, and its bytes if it came in several datagrams.
    private struct Origin {
        var place: Int
        var address: IPAddress
        var isExempt: Bool
        var message: [UInt8]?
    }

    private mutating func assemble(_ place: Int, from address: IPAddress, isExempt: Bool) {
        tally.add(.fragmentsReceived)
        let outcome = fragments.receive(place, of: batch, from: address, at: milliseconds, isExempt: isExempt)
        switch outcome {
        case .whole, .incomplete:
            return
        case .dropped:
            tally.add(.fragmentsDropped)
        case .complete(let message):
            tally.add(.messagesAssembled)
            let (outcome, byteCount) = resolver.answer(message, place, from: snapshot, at: now, into: &answers)
            finish(outcome, byteCount, Origin(place: place, address: address, isExempt: isExempt, message: message))
        }
    }

    private mutating func finish(_ outcome: Outcome, _ byteCount: Int, _ origin: Origin) {
        switch outcome {
        case .reply, .replyAndClose, .replyAndDistrust:
            guard allows(byteCount, to: origin) else { return tally.add(.answersTooLong) }
            guard pays(for: byteCount, origin) else { return limit(origin.place) }
            tally.add(.datagramRequestsAnswered)
            count(
                answers.queue(
                    byteCount: byteCount, isFragment: origin.message != nil, to: origin.place, of: batch,
                    through: socket))
        case .drop:
            tally.add(.datagramsIgnored)
        case .tooLong:
            answerAtLength(origin)
        case .handOff:
            handOff(origin)
        }
    }

    /// Answers what no place holds, if the asker may have that much.
    private mutating func answerAtLength(_ origin: Origin) {
        guard allows(AnswerBatch.answerByteCount + 1, to: origin) else { return tally.add(.answersTooLong) }
        let request = origin.message ?? batch.request(origin.place).array
        let (outcome, byteCount) = resolver.answer(atLength: request, from: snapshot, at: now, into: &answers)
        guard outcome == .reply, allows(byteCount, to: origin) else { return tally.add(.answersTooLong) }
        guard pays(for: byteCount, origin) else { return limit(origin.place) }
        tally.add(.datagramRequestsAnswered)
        count(answers.sendLarge(byteCount: byteCount, to: origin.place, of: batch, through: socket))
    }

    private mutating func handOff(_ origin: Origin) {
        let isTrusted = isTrusted(origin)
        guard isTrusted || admitsHandOff(from: origin.address) else {
            tally.add(.limitedRefused)
            return refuse(origin.place, .serverTooBusy)
        }
        let request = origin.message ?? batch.request(origin.place).array
        let peer = batch.peer(origin.place)
        let datagramCount = isTrusted ? Int.max : configuration.datagramCount
        let isFragment = origin.message != nil
        let accepted = services.pool.submit { [socket, services] in
            let began = ContinuousClock.now
            defer { if !isTrusted { services.unproven.spend(.now - began) } }
            let from = Peer(Endpoint(address: peer.address.address, port: peer.address.port))
            services.administration(request, from, .datagram) { answer in
                guard let answer else { return }
                services.send(answer, to: peer, isFragment: isFragment, atMost: datagramCount, through: socket)
            }
        }
        tally.add(accepted ? .handedOff : .handOffsRefused)
        if !accepted { refuse(origin.place, .serverTooBusy) }
    }

    // MARK: Limits

    /// As the configuration says; looked up when the address is another than the last one's, since a node's askers are
    /// few.
    @inline(__always)
    private mutating func isExempt(_ address: IPAddress) -> Bool {
        if address != lastAsker.address { lastAsker = (address, configuration.isExempt(address)) }
        return lastAsker.isExempt
    }

    /// Whether nobody else can have asked in this address's name.
    private func isTrusted(_ origin: Origin) -> Bool {
        origin.isExempt || services.proven.contains(origin.address, at: now)
    }

    /// Whether an address that has proven nothing may have work done by the pool.
    private mutating func admitsHandOff(from address: IPAddress) -> Bool {
        services.unproven.admits(at: milliseconds)
            && services.limiter.take(RateLimiter.Cost(handOffs: 1), from: address, at: milliseconds)
    }

    /// Whether an answer of so many bytes may go there at all.
    private func allows(_ byteCount: Int, to origin: Origin) -> Bool {
        datagrams(of: byteCount) <= configuration.datagramCount || isTrusted(origin)
    }

    /// Takes an answer's bytes beyond three times the question, and an error, from the asker's buckets.
    private mutating func pays(for byteCount: Int, _ origin: Origin) -> Bool {
        guard !origin.isExempt else { return true }
        let asked = origin.message?.count ?? batch.request(origin.place).byteCount
        var cost = RateLimiter.Cost(bytes: UInt32(clamping: byteCount - 3 * asked))
        let code = answers.written(byteCount: byteCount).bigEndianUInt32(at: 24)
        if byteCount <= AnswerBatch.answerByteCount, ResponseCode(rawValue: code) != .success { cost.errors = 1 }
        return admits(cost, from: origin.address)
    }

    /// Whether the rates allow it; in a dry run what they would not is counted, and allowed.
    private mutating func admits(_ cost: RateLimiter.Cost, from address: IPAddress) -> Bool {
        if services.limiter.take(cost, from: address, at: milliseconds) { return true }
        guard configuration.rates.isDryRun else { return false }
        tally.add(.limitedInDryRun)
        return true
    }

    private mutating func limit(_ place: Int) {
        guard services.limiter.refusesAloud(to: batch.address(place)) else { return tally.add(.limitedDropped) }
        tally.add(.limitedRefused)
        refuse(place, .serverTooBusy)
    }

    /// Answers a request that is not looked into. The pieces of one are not answered.
    private mutating func refuse(_ place: Int, _ code: ResponseCode) {
        let (isWritten, byteCount) = answers.refuse(place, of: batch, code, site: snapshot.site, at: now)
        guard isWritten else { return tally.add(.datagramsIgnored) }
        count(answers.queue(byteCount: byteCount, isFragment: false, to: place, of: batch, through: socket))
    }

    @inline(__always)
    private mutating func count(_ sent: SendCount) {
        tally.add(.datagramsSent, sent.sent)
        tally.add(.datagramsUnsent, sent.refused)
    }
}

/// Datagrams that an answer of so many bytes makes.
@inline(__always)
private func datagrams(of byteCount: Int) -> Int {
    max(1, (byteCount - Envelope.byteCount + Limits.fragmentByteCount - 1) / Limits.fragmentByteCount)
}

// The parts of the worker as parameters of their own: the compiler then sees that what is read, the batch, and what is
// written, the answers, are apart.

extension Resolver {
    /// Brings what the batch asks for near, in two waves: slots of the table, then entries. Each wave waits for memory
    /// once, not once a request.
    @inline(__always)
    fileprivate mutating func lookAhead(_ batch: borrowing DatagramBatch, into hashes: inout [UInt64]) {
        guard hasTable else { return }
        for place in 0..<batch.count { hashes[place] = lookAhead(batch.request(place)) }
        for place in 0..<batch.count { lookAhead(at: hashes[place]) }
    }

    /// Answers datagram `place` of the group; the number is that of the answer's bytes.
    @inline(__always)
    fileprivate mutating func answer(
        _ place: Int, of batch: borrowing DatagramBatch, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into answers: inout AnswerBatch
    ) -> (Outcome, Int) {
        var answer = answers.answer()
        let outcome = self.answer(batch.request(place), over: .datagram, from: snapshot, at: now, into: &answer)
        return (outcome, answer.byteCount)
    }

    /// Answers a message that came in pieces, of which the last was datagram `place`.
    fileprivate mutating func answer(
        _ message: [UInt8], _ place: Int, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into answers: inout AnswerBatch
    ) -> (Outcome, Int) {
        var answer = answers.answer()
        let outcome = self.answer(message.rawSpan, over: .datagram, from: snapshot, at: now, into: &answer)
        return (outcome, answer.byteCount)
    }

    /// Answers into the buffer that holds every answer.
    fileprivate mutating func answer(
        atLength message: [UInt8], from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into answers: inout AnswerBatch
    ) -> (Outcome, Int) {
        var answer = answers.largeAnswer()
        let outcome = self.answer(message.rawSpan, over: .datagram, from: snapshot, at: now, into: &answer)
        return (outcome, answer.byteCount)
    }
}

extension FragmentAssembly<IPAddress> {
    fileprivate mutating func receive(
        _ place: Int, of batch: borrowing DatagramBatch, from address: IPAddress, at milliseconds: UInt64,
        isExempt: Bool
    ) -> Outcome {
        receive(batch.request(place), from: address, at: milliseconds, isExempt: isExempt)
    }
}

extension TransportServices {
    /// Sends an answer, message by message, unless it takes more datagrams than that.
    fileprivate func send(
        _ answer: AdminAnswer, to peer: DatagramPeer, isFragment: Bool, atMost datagramCount: Int,
        through socket: DatagramSocket
    ) {
        let count = datagrams(of: answer.message.count)
        guard count <= datagramCount else { return counters.add(.answersTooLong) }
        let sent = socket.send(answer.message, to: peer, isFragment: isFragment)
        counters.add(.datagramsSent, sent.sent)
        counters.add(.datagramsUnsent, sent.refused)
        guard let rest = answer.rest else { return counters.add(.datagramRequestsAnswered) }
        pool.proceed { [self] in
            guard let next = rest() else { return }
            send(next, to: peer, isFragment: isFragment, atMost: datagramCount - count, through: socket)
        }
    }
}

extension AnswerBatch {
    fileprivate mutating func refuse(
        _ place: Int, of batch: borrowing DatagramBatch, _ code: ResponseCode, site: SiteSummary, at now: UInt32
    ) -> (Bool, Int) {
        var answer = answer()
        let isWritten = Refusal.write(code, to: batch.request(place), site: site, at: now, into: &answer)
        return (isWritten, answer.byteCount)
    }
}
