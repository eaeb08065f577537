import BanyanAdmin
import HandleProtocol
import NIOCore

/// One connection of a stream worker, on whose thread alone it is used: performs what its state machine says.
///
/// A turn is a read, the answers to all that it brought, and a write. What the kernel does not take at once stays,
/// and nothing more is read until it has gone.
final class StreamConnection {
    /// Bytes of one read.
    static let readByteCount = 65_536
    /// Reads in a row, before other connections have their turn: nobody who sends without end keeps a worker. The
    /// second finds the end behind a last request.
    private static let readCountMax = 2

    let endpoint: Endpoint
    /// Its name for the rest of the node.
    let number: UInt64
    private let isExempt: Bool
    private var machine: ConnectionStateMachine
    /// Nil when the connection is closed.
    private(set) var socket: StreamSocket?
    /// What has come and is not answered: the beginning of a message, or what waits its turn.
    private var held = ByteBuffer()
    /// Answers that the kernel has not taken.
    private var unsent = ByteBuffer()
    /// The kernel may have more to read.
    private var isReadable = true
    /// The other side has sent all it will: read to the end.
    private var hasEnd = false
    private var isInputOver = false
    /// Answers of which more messages are to be made when what is unsent has gone.
    private var continued: [AdminAnswer] = []
    /// Whether its turn ended before its bytes did.
    private var isWaiting = false
    /// Whether answers from other threads are in `unsent` that are to be written together.
    private var isCollecting = false
    /// Requests that others have, and have not answered.
    private(set) var handOffsInWork = 0
    private var provenAt: UInt32 = 0
    private var incomplete = IncompleteMessages.Share()

    init(_ socket: StreamSocket, _ endpoint: Endpoint, number: UInt64, isExempt: Bool, on worker: StreamWorker) {
        self.socket = socket
        self.endpoint = endpoint
        self.number = number
        self.isExempt = isExempt
        let configuration = worker.services.configuration
        machine = ConnectionStateMachine(
            timeouts: ConnectionStateMachine.Timeouts(configuration),
            requestsInWork: configuration.requestsInWork, at: worker.now)
    }

    var isEvictable: Bool { machine.isIdle && !machine.isSession }
    var lastActivity: NIODeadline { machine.lastActivity }

    // MARK: Events

    func happened(_ event: Poll.Event, on worker: StreamWorker) {
        if event.isReadable || event.isEnded { isReadable = true }
        if event.isEnded { hasEnd = true }
        if event.isWritable { flush(on: worker) }
        proceed(on: worker)
    }

    /// Takes the turn that it waited for.
    func goOn(on worker: StreamWorker) {
        isWaiting = false
        proceed(on: worker)
    }

    /// Answers what is in work and closes; at once where nothing is, without waiting for the other side's end.
    func drain(on worker: StreamWorker) {
        guard !machine.isIdle else { return close(on: worker) }
        machine.finish()
        settle(on: worker)
    }

    func close(on worker: StreamWorker) {
        guard let socket else { return }
        machine.connectionLost()
        self.socket = nil
        held = ByteBuffer()
        _ = worker.services.incomplete.set(&incomplete, toByteCount: 0)
        worker.closed(self, socket)
    }

    /// Closes what took too long.
    func look(at now: NIODeadline, on worker: StreamWorker) {
        guard let timeout = machine.timeout(at: now) else { return }
        switch timeout {
        case .message: worker.services.counters.add(.messageTimeouts)
        case .write: worker.services.counters.add(.writeTimeouts)
        case .idle: worker.services.counters.add(.idleTimeouts)
        case .linger: break
        }
        close(on: worker)
    }

    // MARK: Turns

    /// Takes turns until nothing is there to read, something is left to write, enough is in work, or others wait.
    private func proceed(on worker: StreamWorker) {
        var readCount = 0
        while socket != nil, unsent.readableBytes == 0 {
            if held.readableBytes > 0 || isInputOver, machine.takesRequests {
                let before = held.readableBytes
                answer(&held, on: worker)
                if held.readableBytes < before { continue }
            }
            guard isReadable, machine.reads, !isInputOver, let socket else { break }
            guard readCount < Self.readCountMax else {
                if !isWaiting { worker.waiting.append(self) }
                isWaiting = true
                break
            }
            readCount += 1
            read(from: socket, on: worker)
        }
        if isInputOver && (held.readableBytes == 0 || !machine.takesBytes) { machine.inputClosed() }
        settle(on: worker)
    }

    private func read(from socket: StreamSocket, on worker: StreamWorker) {
        // Bytes that continue a message go behind it; others are answered where they come in.
        var received = held.readableBytes > 0 ? held : worker.takeInput()
        let isOwn = held.readableBytes > 0
        held = ByteBuffer()
        switch socket.read(into: &received, atMost: Self.readByteCount) {
        case .bytes(let count):
            // Less than there was room for: the kernel tells when more comes.
            if count < Self.readByteCount && !hasEnd { isReadable = false }
            machine.bytesArrived(at: worker.now)
            if machine.takesBytes { answer(&received, on: worker) } else { received.clear() }
        case .blocked:
            isReadable = false
        case .ended:
            isReadable = false
            isInputOver = true
        case .lost:
            isReadable = false
            close(on: worker)
        }
        if isOwn {
            received.discardReadBytes()
            held = received
        } else {
            if received.readableBytes > 0 { held.writeBuffer(&received) }
            worker.giveBack(received)
        }
        if machine.takesRequests { keep(on: worker) }
    }

    /// Keeps the bytes of a message that is not whole, in no more memory than they need, if the node has room for them.
    private func keep(on worker: StreamWorker) {
        if held.storageCapacity > 2 * held.readableBytes + 512 {
            var compacted = ByteBufferAllocator().buffer(capacity: held.readableBytes)
            compacted.writeBuffer(&held)
            held = compacted
        }
        guard !worker.services.incomplete.set(&incomplete, toByteCount: held.readableBytes) else { return }
        worker.services.counters.add(.incompleteRefused)
        machine.requestArrived(held.readableBytesSpan)
        worker.responder.refuse(held.readableBytesSpan, .serverTooBusy, bytesFollow: true, &machine)
        machine.finish()
        held = ByteBuffer()
        writeAnswers(on: worker)
    }

    /// Answers the whole messages of `received`, and takes them from it.
    private func answer(_ received: inout ByteBuffer, on worker: StreamWorker) {
        var stop = StreamResponder.Stop.outputFull
        while stop == .outputFull, unsent.readableBytes == 0, socket != nil {
            let result = worker.responder.answer(received.readableBytesSpan, isLast: isInputOver, &machine)
            received.moveReaderIndex(forwardBy: result.usedByteCount)
            stop = result.stop
            if !worker.responder.handOffs.isEmpty { handOff(bytesFollow: received.readableBytes > 0, on: worker) }
            writeAnswers(on: worker)
        }
        if stop == .incomplete, received.readableBytes > 0, machine.takesBytes {
            machine.messageIncomplete(at: worker.now)
        }
    }

    private func writeAnswers(on worker: StreamWorker) {
        guard worker.responder.hasOutput, let socket else { return }
        prove(on: worker)
        machine.writeBegan(at: worker.now)
        guard worker.responder.write(to: socket, restTo: &unsent) else { return close(on: worker) }
        if unsent.readableBytes == 0 { machine.writeFinished(at: worker.now) }
    }

    /// Writes what is unsent, and then what follows it.
    private func flush(on worker: StreamWorker) {
        guard unsent.readableBytes > 0, let socket else { return }
        switch socket.write(&unsent) {
        case .lost: close(on: worker)
        case .blocked, .ended: break
        case .bytes:
            machine.writeProgressed(at: worker.now)
            if unsent.readableBytes == 0 { written(on: worker) }
        }
    }

    private func written(on worker: StreamWorker) {
        unsent.clear()
        machine.writeFinished(at: worker.now)
        let continued = continued
        self.continued = []
        for answer in continued {
            if answer.startsTLS { leave(with: answer, worker) } else { proceed(with: answer, on: worker) }
        }
    }

    /// An exchange over TCP shows that the address is whose it seems.
    private func prove(on worker: StreamWorker) {
        let now = worker.responder.now
        guard !isExempt, now &- provenAt > 60 else { return }
        provenAt = now
        worker.services.proven.insert(endpoint.address, until: now &+ worker.services.configuration.provenSeconds)
    }

    /// Does what follows from the events so far.
    private func settle(on worker: StreamWorker) {
        if held.readableBytes == 0 { _ = worker.services.incomplete.set(&incomplete, toByteCount: 0) }
        switch machine.settle(at: worker.now) {
        case .none: break
        case .closeOutput:
            socket?.closeOutput()
            // What still comes is read and thrown away.
            if isReadable { proceed(on: worker) }
        case .close: close(on: worker)
        }
    }

    // MARK: Work for others

    private func handOff(bytesFollow: Bool, on worker: StreamWorker) {
        let requests = worker.responder.handOffs
        worker.responder.handOffs = []
        let (services, mailbox, number) = (worker.services, worker.mailbox, number)
        let peer = Peer(endpoint, connection: number)
        let completion: @Sendable (AdminAnswer?) -> Void = { answer in
            mailbox.post { worker in worker.handedOff[number]?.handOffAnswered(answer, on: worker) }
        }
        let resume: AdminService.Resumption = { work in mailbox.post { _ in work() } }
        for request in requests {
            let isAccepted =
                services.quickAdministration?(request, peer, resume, completion) ?? false
                || services.pool.submit { services.administration(request, peer, .stream, completion) }
            if isAccepted {
                handOffsInWork += 1
                worker.handedOff[number] = self
                services.counters.add(.handedOff)
            } else {
                services.counters.add(.handOffsRefused)
                worker.responder.refuse(request.rawSpan, .serverTooBusy, bytesFollow: bytesFollow, &machine)
            }
        }
    }

    private func handOffAnswered(_ answer: AdminAnswer?, on worker: StreamWorker) {
        handOffsInWork -= 1
        if handOffsInWork == 0 { worker.handedOff[number] = nil }
        if socket == nil { return worker.tellOfEnd(self) }
        handOffFinished(answer, on: worker)
    }

    private func handOffFinished(_ answer: AdminAnswer?, on worker: StreamWorker) {
        guard socket != nil else { return }
        if !isCollecting {
            isCollecting = true
            worker.collected.append(self)
            if unsent.readableBytes == 0 { machine.writeBegan(at: worker.now) }
        }
        if let answer { unsent.writeBytes(answer.message) } else { machine.finish() }
        if let answer, answer.rest != nil {
            // The request stays in work until its last message; each is made when the one before has been taken.
            continued.append(answer)
        } else {
            let message = answer?.message ?? []
            machine.requestAnswered(message.rawSpan, bytesFollow: held.readableBytes > 0)
            worker.services.counters.add(.streamRequestsAnswered)
            prove(on: worker)
        }
    }

    /// Writes the answers that have come from other threads, however many, and goes on.
    func writeCollected(on worker: StreamWorker) {
        isCollecting = false
        guard let socket else { return }
        if socket.write(&unsent) == .lost { return close(on: worker) }
        if unsent.readableBytes == 0 { written(on: worker) }
        proceed(on: worker)
    }

    private func proceed(with answer: AdminAnswer, on worker: StreamWorker) {
        guard let rest = answer.rest, let socket else { return }
        let (pool, mailbox, descriptor, number) = (worker.services.pool, worker.mailbox, socket.descriptor, number)
        let next: @Sendable () -> Void = {
            pool.proceed {
                let answer = rest()
                mailbox.post { worker in
                    worker.connection(descriptor, number)?.handOffFinished(answer, on: worker)
                }
            }
        }
        if let whenReady = answer.whenReady { whenReady(next) } else { next() }
    }

    /// TLS begins behind what was sent: the connection goes on in an event loop. Where there is none for TLS, or where
    /// bytes have come that were not asked for, it ends.
    private func leave(with answer: AdminAnswer, _ worker: StreamWorker) {
        guard let socket else { return }
        guard let secureStreams = worker.secureStreams, held.readableBytes == 0, handOffsInWork == 0 else {
            return close(on: worker)
        }
        machine.connectionLost()
        self.socket = nil
        worker.forget(socket)
        secureStreams.adopt(
            MovedConnection(
                descriptor: socket.surrender(), endpoint: endpoint, number: number, isExempt: isExempt, answer: answer))
    }
}
