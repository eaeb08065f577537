public import BanyanRegistry

/// The link to the upstream: what to do next, by what has happened. It holds no socket, store or clock; whoever
/// performs an action answers with the event that came of it, so that every order of events is a short test.
///
/// Rules:
///  1. Connect, greet, log in; a login that is refused is tried again after the longest pause.
///  2. First the upstream's messages: each is done, durably, and then acknowledged. A round ends with an empty queue,
///     after `messagesPerRound`, or when the queue gives again what was just taken off it.
///  3. Then the outbox, in its order, in batches; the receipts of a batch are stored together. Every
///     `batchesPerRound` batches the messages are looked at again.
///  4. Nothing to do: wait for work, for the time to ask for messages, or for the time to say hello.
///  5. A session that is gone is begun again on the same connection, once; the next time, without anything done in
///     between, it is a failure.
///  6. After a failure, receipts that are there are stored first; then the connection is closed, and after a pause all
///     begins with 1. What was not stored is told again.
public struct UpstreamStateMachine {
    public enum Action: Equatable, Sendable {
        case connect
        case login
        case hello
        case send(EPPCommand, transaction: String?)
        /// Read the next errands.
        case load
        /// Gather what an errand needs.
        case prepare(Outbox.Entry)
        case store([Receipt])
        /// Do what a message says, and store that it is done.
        case take(UpstreamNotice)
        case wait
        /// Close the connection, and wait.
        case pause(UpstreamFailure)
    }

    public enum Event: Equatable, Sendable {
        case begun
        case connected
        case greeted
        case answered(EPPResponse)
        case loaded([Outbox.Entry])
        case prepared(ErrandPlan)
        /// What the errand is about is not here any more.
        case void(reason: String)
        case stored
        case taken
        /// Somebody has moved the outbox's mark.
        case moved
        case workCame
        case messagesDue
        case helloDue
        case rested
        case failed(UpstreamFailure)
    }

    /// What the last action was for.
    private enum Phase: Equatable {
        case idle, connecting, loggingIn, greeting
        case requesting
        case taking(id: String)
        case acknowledging(id: String)
        case loading, preparing, telling, storing, waiting, pausing
        case storingBefore(UpstreamFailure)
    }

    public static let messagesPerRound = 100
    public static let batchesPerRound = 16

    private var phase = Phase.idle
    private var queue: [Outbox.Entry] = []
    private var current: ErrandProgress?
    private var receipts: [Receipt] = []
    private var messageCount = 0
    private var lastAcknowledged: String?
    private var batchCount = 0
    private var relogin = false
    /// Whether a session was begun again, and nothing has been done since.
    private var hasLoggedInAgain = false

    public init() {}

    public mutating func handle(_ event: Event) -> Action {
        switch event {
        case .begun, .rested: return begin()
        case .failed(let failure): return fail(failure)
        case .moved: return restart()
        case .connected: return logIn()
        case .greeted, .workCame: return load()
        case .messagesDue: return request()
        case .helloDue:
            phase = .greeting
            return .hello
        case .answered(let response): return answered(response)
        case .loaded(let entries): return loaded(entries)
        case .prepared(let plan): return prepared(plan)
        case .void(let reason): return void(reason)
        case .stored: return stored()
        case .taken: return taken()
        }
    }

    private mutating func begin() -> Action {
        self = UpstreamStateMachine()
        phase = .connecting
        return .connect
    }

    private mutating func logIn() -> Action {
        phase = .loggingIn
        return .login
    }

    private mutating func request() -> Action {
        messageCount = 0
        lastAcknowledged = nil
        return requestNext()
    }

    private mutating func requestNext() -> Action {
        phase = .requesting
        return .send(.requestMessage, transaction: nil)
    }

    private mutating func load() -> Action {
        phase = .loading
        return .load
    }

    // MARK: Answers

    private mutating func answered(_ response: EPPResponse) -> Action {
        switch phase {
        case .loggingIn:
            guard response.code.isSuccess else {
                return fail(
                    response.code.isPassing
                        ? .passing(code: response.code.rawValue) : .loginRefused(code: response.code.rawValue))
            }
            batchCount = 0
            return request()
        case _ where response.code == .notAuthenticated:
            // The session is gone, the connection is not.
            guard !hasLoggedInAgain else { return fail(.passing(code: response.code.rawValue)) }
            relogin = true
            return settle()
        case _ where response.code.isPassing || response.code.isLast:
            return fail(.passing(code: response.code.rawValue))
        case .requesting: return message(response)
        case .acknowledging(let id):
            // Another answer than success is one to a message that is not there any more.
            guard messageCount < Self.messagesPerRound, id != lastAcknowledged else { return load() }
            lastAcknowledged = id
            return requestNext()
        case .telling: return told(response)
        default: return fail(.stray)
        }
    }

    private mutating func message(_ response: EPPResponse) -> Action {
        guard response.code == .message, let id = response.queue?.id else { return load() }
        messageCount += 1
        phase = .taking(id: id)
        return .take(UpstreamNotice(response, id: id))
    }

    private mutating func taken() -> Action {
        guard case .taking(let id) = phase else { return fail(.stray) }
        hasLoggedInAgain = false
        phase = .acknowledging(id: id)
        return .send(.acknowledgeMessage(id: id), transaction: nil)
    }

    // MARK: Errands

    private mutating func loaded(_ entries: [Outbox.Entry]) -> Action {
        queue = entries.reversed()
        guard !entries.isEmpty else {
            phase = .waiting
            return .wait
        }
        return next()
    }

    private mutating func next() -> Action {
        current = nil
        guard let entry = queue.last else { return settle() }
        phase = .preparing
        return .prepare(entry)
    }

    private mutating func prepared(_ plan: ErrandPlan) -> Action {
        guard let entry = queue.last else { return fail(.stray) }
        let progress = ErrandProgress(plan, of: entry.errand, sequence: entry.sequence)
        current = progress
        phase = .telling
        return perform(progress.first)
    }

    private mutating func void(_ reason: String) -> Action {
        guard let entry = queue.popLast() else { return fail(.stray) }
        receipts.append(
            Receipt(
                entry.errand, sequence: entry.sequence, outcome: .void, steps: [], message: reason,
                nationalNumber: nil))
        return next()
    }

    private mutating func told(_ response: EPPResponse) -> Action {
        guard let step = current?.answered(response) else { return fail(.stray) }
        return perform(step)
    }

    private mutating func perform(_ step: ErrandProgress.Next) -> Action {
        switch step {
        case .send(let command, let transaction): return .send(command, transaction: transaction)
        case .finished(let receipt):
            receipts.append(receipt)
            _ = queue.popLast()
            return next()
        }
    }

    /// Stores what is told; the rest of the batch is read again.
    private mutating func settle() -> Action {
        queue = []
        current = nil
        guard !receipts.isEmpty else { return stored() }
        phase = .storing
        return .store(receipts)
    }

    private mutating func stored() -> Action {
        if !receipts.isEmpty { hasLoggedInAgain = false }
        receipts = []
        if case .storingBefore(let failure) = phase {
            phase = .pausing
            return .pause(failure)
        }
        if relogin {
            relogin = false
            hasLoggedInAgain = true
            return logIn()
        }
        batchCount += 1
        guard batchCount % Self.batchesPerRound != 0 else { return request() }
        return load()
    }

    /// The outbox is read anew from where its mark is now.
    private mutating func restart() -> Action {
        receipts = []
        if case .storingBefore(let failure) = phase {
            phase = .pausing
            return .pause(failure)
        }
        queue = []
        current = nil
        return load()
    }

    private mutating func fail(_ failure: UpstreamFailure) -> Action {
        queue = []
        current = nil
        switch phase {
        case .storing, .storingBefore: break
        case _ where !receipts.isEmpty:
            phase = .storingBefore(failure)
            return .store(receipts)
        default: break
        }
        receipts = []
        phase = .pausing
        return .pause(failure)
    }
}

extension UpstreamNotice {
    /// What a message of the upstream's queue says.
    init(_ response: EPPResponse, id: String) {
        guard case .prefix(let notice)? = response.data else {
            let text = if case .unknown(let text)? = response.data { text } else { response.message }
            self.init(
                message: id, prefix: "", content: .unknown(String(text.prefix(1_024))), client: "",
                server: "")
            return
        }
        let content: Content =
            switch (notice.state, notice.auditResult) {
            case (0, _): .suspension(message: notice.message)
            case (2, _): .revocation(message: notice.message)
            case (1, nil): .resumption(message: notice.message)
            case (_, .some(let result)): .review(isPassed: result == 1, message: notice.message)
            default: .unknown("state \(notice.state)")
            }
        self.init(
            message: id, prefix: notice.prefix, content: content, client: notice.clientTransaction,
            server: notice.serverTransaction)
    }
}
