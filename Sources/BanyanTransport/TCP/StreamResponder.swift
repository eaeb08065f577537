import BanyanAdmin
import BanyanIndex
import BanyanResolver
import CLinux
import HandleProtocol
import NIOCore

/// Answers what a read brought: every whole message, into one buffer, from one snapshot.
///
/// The snapshot is renewed after the bytes have come, so no answer is older than its question.
struct StreamResponder: ~Copyable {
    /// Why no more requests were answered.
    enum Stop {
        /// The bytes that are left are no whole message.
        case incomplete
        /// The output must be written first.
        case outputFull
        /// The connection has as much in work as it may, or takes nothing any more.
        case enough
    }

    /// What became of the bytes.
    struct Result {
        var usedByteCount: Int
        var stop: Stop
    }

    /// A message with its envelope: where it begins in the received bytes.
    private struct Frame {
        var offset = 0
        var byteCount = 0
    }

    private enum Framing { case message(Int), incomplete, broken }

    /// Messages that are looked up together.
    private static let groupCount = 64
    /// Answers are written when they make so many bytes, before more requests are taken.
    private static let outputByteCount = 131_072
    /// Room that nearly every answer fits in.
    private static let usualByteCount = 2_048

    private let services: TransportServices
    private var resolver: Resolver
    private var snapshot: IndexSnapshot
    private var frames = [Frame](repeating: Frame(), count: groupCount)
    private var hashes = [UInt64](repeating: 0, count: groupCount)
    /// Emptied, not freed, between reads.
    private var output = ByteBuffer()
    private var answeredCount = 0
    private var lastWarmed: [UInt8] = []
    /// Seconds since 1970, when the snapshot was renewed.
    private(set) var now: UInt32 = 0
    /// Requests that the resolver leaves to the pool; taken by whoever called.
    var handOffs: [[UInt8]] = []

    init(_ services: TransportServices) throws(IndexError) {
        self.services = services
        resolver = services.makeResolver(for: .streams)
        snapshot = try services.index.snapshot()
        snapshot.reset()
    }

    var hasTable: Bool { resolver.hasTable }

    /// Copies some records into the table; false when there are no more, or no room.
    mutating func warm() -> Bool {
        defer { snapshot.reset() }
        do throws(IndexError) {
            return try resolver.warm(from: &snapshot, after: &lastWarmed, count: 256)
        } catch {
            services.report(error, at: cl_seconds())
            return false
        }
    }

    /// Answers the messages at the front of `received`.
    mutating func answer(_ received: RawSpan, isLast: Bool, _ machine: inout ConnectionStateMachine) -> Result {
        now = cl_seconds()
        var result = Result(usedByteCount: 0, stop: .incomplete)
        do throws(IndexError) {
            try resolver.renew(&snapshot)
            result = answerAll(received, isLast: isLast, &machine)
            snapshot.reset()
            services.collect(from: &resolver, at: now)
        } catch {
            services.counters.add(.indexErrors)
            services.report(error, at: now)
            result = refuseAll(received, &machine)
        }
        services.counters.add(.streamRequestsAnswered, answeredCount)
        answeredCount = 0
        return result
    }

    private mutating func answerAll(
        _ received: RawSpan, isLast: Bool, _ machine: inout ConnectionStateMachine
    ) -> Result {
        var used = 0
        while true {
            let (count, framing) = findFrames(in: received, from: used)
            if resolver.hasTable && count > 1 { lookAhead(received, count) }
            for place in 0..<count {
                let frame = frames[place]
                guard machine.takesRequests else { return Result(usedByteCount: used, stop: .enough) }
                guard output.readableBytes < Self.outputByteCount else {
                    return Result(usedByteCount: used, stop: .outputFull)
                }
                used = frame.offset &+ frame.byteCount
                answer(
                    received.extracting(frame.offset..<used), bytesFollow: used < received.byteCount, &machine)
            }
            switch framing {
            case .message: continue
            case .incomplete where !isLast || used == received.byteCount:
                return Result(usedByteCount: used, stop: .incomplete)
            case .incomplete, .broken:
                guard machine.takesRequests else { return Result(usedByteCount: used, stop: .enough) }
                // No message: one that was cut off, or announces what cannot be. The resolver says what is told.
                if case .replyAndClose = resolve(received.extracting(droppingFirst: used)) {
                    services.counters.add(.framingErrors)
                }
                machine.finish()
                return Result(usedByteCount: received.byteCount, stop: .enough)
            }
        }
    }

    /// Finds the next whole messages, a group at most, and what comes behind them.
    private mutating func findFrames(in received: RawSpan, from start: Int) -> (count: Int, behind: Framing) {
        var offset = start
        var count = 0
        while true {
            let framing = frame(at: offset, of: received)
            guard case .message(let byteCount) = framing, count < Self.groupCount else { return (count, framing) }
            frames[count] = Frame(offset: offset, byteCount: byteCount)
            offset &+= byteCount
            count &+= 1
        }
    }

    /// The message that begins at `offset` (RFC 3652 §2.2.1).
    @inline(__always)
    private func frame(at offset: Int, of received: RawSpan) -> Framing {
        guard received.byteCount &- offset >= Envelope.byteCount else { return .incomplete }
        let announced = Int(received.bigEndianUInt32(at: offset &+ Envelope.byteCount &- 4))
        guard announced >= MessageHeader.byteCount, announced <= Limits.messageByteCount else { return .broken }
        let byteCount = Envelope.byteCount &+ announced
        return received.byteCount &- offset >= byteCount ? .message(byteCount) : .incomplete
    }

    /// Brings what the group asks for near, in two waves: slots of the table, then entries.
    private mutating func lookAhead(_ received: RawSpan, _ count: Int) {
        for place in 0..<count {
            let frame = frames[place]
            hashes[place] = resolver.lookAhead(
                received.extracting(frame.offset..<frame.offset &+ frame.byteCount))
        }
        for place in 0..<count { resolver.lookAhead(at: hashes[place]) }
    }

    private mutating func answer(_ request: RawSpan, bytesFollow: Bool, _ machine: inout ConnectionStateMachine) {
        machine.requestArrived(request)
        let start = output.writerIndex
        switch resolve(request) {
        case .reply:
            break
        case .replyAndDistrust:
            services.counters.add(.framingErrors)
            if bytesFollow { machine.finish() }
        case .replyAndClose:
            services.counters.add(.framingErrors)
            machine.finish()
        case .drop, .tooLong:
            machine.finish()
        case .handOff:
            return handOffs.append(request.array)
        }
        machine.requestAnswered(output.readableBytesSpan(from: start), bytesFollow: bytesFollow)
        answeredCount &+= 1
    }

    /// Appends the answer to the output.
    @inline(__always)
    private mutating func resolve(_ request: RawSpan) -> Outcome {
        let outcome = resolve(request, inRoomOf: Self.usualByteCount)
        guard outcome == .tooLong else { return outcome }
        return resolve(request, inRoomOf: Resolver.largestResponseByteCount)
    }

    @inline(__always)
    private mutating func resolve(_ request: RawSpan, inRoomOf byteCount: Int) -> Outcome {
        var outcome = Outcome.drop
        output.writeWithOutputRawSpan(minimumWritableBytes: byteCount) { span in
            outcome = resolver.answer(request, over: .stream, from: snapshot, at: now, into: &span)
        }
        return outcome
    }

    // MARK: Refusals

    /// As `answerAll`, while the index cannot be read.
    private mutating func refuseAll(_ received: RawSpan, _ machine: inout ConnectionStateMachine) -> Result {
        var used = 0
        while machine.takesRequests, case .message(let byteCount) = frame(at: used, of: received) {
            let request = received.extracting(used..<used &+ byteCount)
            used &+= byteCount
            machine.requestArrived(request)
            refuse(request, .error, bytesFollow: used < received.byteCount, &machine)
        }
        return Result(usedByteCount: used, stop: machine.takesRequests ? .incomplete : .enough)
    }

    /// Answers a request that has arrived with a short refusal; one that is none ends the connection.
    mutating func refuse(
        _ request: RawSpan, _ code: ResponseCode, bytesFollow: Bool, _ machine: inout ConnectionStateMachine
    ) {
        let start = output.writerIndex
        var isWritten = false
        output.writeWithOutputRawSpan(minimumWritableBytes: Refusal.byteCount) { span in
            isWritten = Refusal.write(code, to: request, site: snapshot.site, at: cl_seconds(), into: &span)
        }
        if !isWritten { machine.finish() }
        machine.requestAnswered(output.readableBytesSpan(from: start), bytesFollow: bytesFollow)
        services.counters.add(.streamRequestsAnswered)
    }

    // MARK: Writing

    var hasOutput: Bool { output.readableBytes > 0 }

    /// Writes the answers; what the kernel does not take is appended to `rest`. False when the connection is lost.
    mutating func write(to socket: StreamSocket, restTo rest: inout ByteBuffer) -> Bool {
        defer { output.clear() }
        guard socket.write(&output) != .lost else { return false }
        if output.readableBytes > 0 { rest.writeBuffer(&output) }
        return true
    }
}

extension ByteBuffer {
    /// What was written from an index on.
    @_lifetime(borrow self)
    fileprivate func readableBytesSpan(from index: Int) -> RawSpan {
        readableBytesSpan.extracting(droppingFirst: index &- readerIndex)
    }
}
