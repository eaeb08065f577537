internal import BanyanIndex
public import BanyanRegistry
internal import Dispatch
public import Logging
internal import NIOCore
internal import NIOPosix
public import OpenSSL
public import TLSChannel

/// Which upstream, who we are there, and how patient we are.
public struct UpstreamConfiguration: Sendable {
    public var endpoint: EPPEndpoint
    /// A client's; its files are read again for each connection, so that new certificates count from the next one on.
    public var security: TLSConfiguration
    /// As the upstream knows us: `clID`, and `shrUserId` of enterprises.
    public var user: String
    public var password: SecretBytes
    /// Our own prefix there; nil: the parent of the prefix that is told of.
    public var nodePrefix: String?
    public var timeouts = EPPTimeouts()
    /// How often the upstream's messages are asked for.
    public var messageInterval: Duration = .seconds(60)
    /// After which silence hello is said.
    public var helloInterval: Duration = .seconds(240)
    /// The shortest and the longest pause after failures.
    public var pauses: ClosedRange<Duration> = Backoff.shortest...Backoff.longest
    /// How long errands, receipts and notices are kept, in days.
    public var keepDays = 400

    public init(endpoint: EPPEndpoint, security: TLSConfiguration, user: String, password: SecretBytes) {
        self.endpoint = endpoint
        self.security = security
        self.user = user
        self.password = password
    }
}

/// The link to the upstream, for as long as its task runs: performs what `UpstreamStateMachine` decides.
public final class UpstreamLink: Sendable {
    private let configuration: UpstreamConfiguration
    private let outbox: Outbox
    private let prefixes: PrefixRegister
    private let planner: ErrandPlanner
    private let registrar: Registrar
    private let board = UpstreamStatusBoard()
    private let logger: Logger
    private var origin: ChangeOrigin {
        ChangeOrigin(principal: PrefixRegister.upstreamPrincipal, source: source)
    }
    private let source: String

    public init(
        _ configuration: UpstreamConfiguration, registrar: Registrar, prefixes: PrefixRegister, logger: Logger
    ) {
        self.configuration = configuration
        self.registrar = registrar
        self.prefixes = prefixes
        self.logger = logger
        outbox = Outbox(index: registrar.index, sink: registrar)
        planner = ErrandPlanner(configuration, index: registrar.index, prefixes: prefixes)
        source = "upstream \(configuration.endpoint.host):\(configuration.endpoint.port)"
    }

    public var status: UpstreamStatus { board.status }

    /// Runs until the task is cancelled.
    public func run() async {
        var shell = Shell(pauses: configuration.pauses)
        var event = UpstreamStateMachine.Event.begun
        while !Task.isCancelled {
            let action = shell.machine.handle(event)
            event = await perform(action, &shell)
        }
        await shell.connection?.close()
    }

    /// What belongs to the link's task alone.
    private struct Shell {
        var machine = UpstreamStateMachine()
        var connection: EPPConnection?
        var backoff: Backoff
        var mark = Outbox.Mark.none
        var transactions = TransactionNumbers()
        let clock = ContinuousClock()
        /// When messages are to be asked for, and when there was last a word from the upstream.
        var messagesDue = ContinuousClock.now
        var lastWord = ContinuousClock.now
        var trimDue = ContinuousClock.now

        init(pauses: ClosedRange<Duration>) { backoff = Backoff(pauses) }
    }

    private func perform(
        _ action: UpstreamStateMachine.Action, _ shell: inout Shell
    ) async -> UpstreamStateMachine.Event {
        do throws(UpstreamFailure) {
            switch action {
            case .connect: return try await connect(&shell)
            case .login:
                let password = String(decoding: configuration.password.exposed, as: UTF8.self)
                return try await ask(.login(client: configuration.user, password: password), nil, &shell)
            case .hello:
                try await shell.connection?.hello()
                shell.lastWord = .now
                return .greeted
            case .send(let command, let transaction):
                if command == .requestMessage { shell.messagesDue = .now + configuration.messageInterval }
                return try await ask(command, transaction, &shell)
            case .load:
                board.change { $0.state = .busy }
                return try await load(&shell)
            case .prepare(let entry): return try await onThread { [planner] in planner.plan(entry.errand) }
            case .store(let receipts):
                let event = try await store(receipts, shell.mark)
                shell.backoff.reset()
                return event
            case .take(let notice): return try await take(notice)
            case .wait: return await wait(&shell)
            case .pause(let failure): return await pause(failure, &shell)
            }
        } catch {
            return .failed(error)
        }
    }

    // MARK: The conversation

    private func connect(_ shell: inout Shell) async throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        board.change { $0.state = .connecting }
        let context: TLSContext
        do throws(TLSError) { context = try configuration.security.context() } catch { throw .tls(error) }
        shell.connection = try await EPPConnection.open(
            configuration.endpoint, context, configuration.timeouts, on: MultiThreadedEventLoopGroup.singleton.next())
        shell.lastWord = .now
        return .connected
    }

    private func ask(
        _ command: EPPCommand, _ transaction: String?, _ shell: inout Shell
    ) async throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        guard let connection = shell.connection else { throw .closed }
        let response = try await connection.ask(command, transaction: transaction ?? shell.transactions.next())
        shell.lastWord = .now
        board.change { $0.answeredAt = Clock.milliseconds }
        return .answered(response)
    }

    private func pause(_ failure: UpstreamFailure, _ shell: inout Shell) async -> UpstreamStateMachine.Event {
        await shell.connection?.close()
        shell.connection = nil
        guard !Task.isCancelled else { return .rested }
        board.change {
            $0.state = .failed(failure.description)
            $0.failureCount += 1
        }
        var generator = SystemRandomNumberGenerator()
        let pause = failure.isRefusal ? configuration.pauses.upperBound : shell.backoff.wait(using: &generator)
        logger.warning(
            "no link to the upstream", metadata: ["error": "\(failure)", "again": "\(pause)", "upstream": "\(source)"])
        try? await Task.sleep(for: pause)
        return .rested
    }

    // MARK: The store

    private func load(_ shell: inout Shell) async throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        let outbox = outbox
        let (mark, entries) = try await onThread { () throws(UpstreamFailure) in
            do throws(OutboxError) {
                let mark = try outbox.mark()
                return (mark, try outbox.entries(behind: mark.told))
            } catch {
                throw .local(error.description)
            }
        }
        shell.mark = mark
        return .loaded(entries)
    }

    private func store(
        _ receipts: [Receipt], _ mark: Outbox.Mark
    ) async throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        let (outbox, origin) = (outbox, origin)
        let event = try await onThread { () throws(UpstreamFailure) in
            do throws(OutboxError) {
                try outbox.store(receipts, behind: mark, by: origin)
                return UpstreamStateMachine.Event.stored
            } catch {
                guard error == .moved else { throw .local(error.description) }
                return .moved
            }
        }
        if event == .stored {
            let refused = receipts.count { $0.outcome == .refused }
            board.change {
                $0.toldCount += UInt64(receipts.count)
                $0.refusedCount += UInt64(refused)
            }
            if refused > 0 {
                logger.warning("the upstream refused errands", metadata: ["count": "\(refused)"])
            }
        }
        return event
    }

    private func take(_ notice: UpstreamNotice) async throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        let (prefixes, source) = (prefixes, source)
        let isNew = try await onThread { () throws(UpstreamFailure) in
            do throws(PrefixRegisterError) { return try prefixes.take(notice, source: source) } catch {
                throw .local(error.description)
            }
        }
        if isNew {
            board.change { $0.noticeCount += 1 }
            logger.notice("word from the upstream", metadata: ["prefix": "\(notice.prefix)"])
        }
        return .taken
    }

    /// Waits for the journal to grow, or for the time to do something.
    private func wait(_ shell: inout Shell) async -> UpstreamStateMachine.Event {
        shell.backoff.reset()
        board.change { $0.state = .ready }
        await trim(&shell)
        // Under load the journal grows all the time: it is looked at a few times a second, not after each commit.
        try? await Task.sleep(for: Self.leastWait)
        let head = (try? registrar.index.snapshot().journalHead().sequence) ?? 0
        // What was put there while nobody looked is not missed.
        if let waiting = try? outbox.entries(behind: shell.mark.told, countMax: 1), !waiting.isEmpty {
            return .workCame
        }
        let helloDue = shell.lastWord + configuration.helloInterval
        let due = min(shell.messagesDue, helloDue)
        let now = ContinuousClock.now
        guard due > now else { return shell.messagesDue <= helloDue ? .messagesDue : .helloDue }
        await growth(beyond: head, atMost: due - now)
        if ContinuousClock.now >= due { return shell.messagesDue <= helloDue ? .messagesDue : .helloDue }
        return .workCame
    }

    private static let leastWait: Duration = .milliseconds(50)

    private func growth(beyond sequence: UInt64, atMost time: Duration) async {
        let waiter = Waiter()
        let journal = registrar.journal
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter.set(continuation)
                journal.wait(beyond: sequence, atMost: time) { waiter.resume() }
            }
        } onCancel: {
            waiter.resume()
        }
    }

    /// Once an hour: what is older than it is kept is removed, in bounded commits.
    private func trim(_ shell: inout Shell) async {
        guard shell.trimDue <= .now else { return }
        shell.trimDue = .now + .seconds(3_600)
        let now = ChangeOrigin.now
        let kept = UInt64(max(0, configuration.keepDays)) * 86_400
        let (outbox, origin, logger) = (outbox, origin, logger)
        _ = try? await onThread { () throws(UpstreamFailure) in
            do throws(OutboxError) {
                while try outbox.trim(before: now > kept ? now - kept : 0, by: origin) > 0 {}
            } catch {
                logger.warning("old errands stay", metadata: ["error": "\(error)"])
            }
        }
    }

    /// On a thread that may wait for commits and for the disk.
    private func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws(UpstreamFailure) -> Result
    ) async throws(UpstreamFailure) -> Result {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global(qos: .utility).async {
                    do throws(UpstreamFailure) { continuation.resume(returning: try body()) } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        } catch {
            throw error as? UpstreamFailure ?? .local("\(error)")
        }
    }
}
