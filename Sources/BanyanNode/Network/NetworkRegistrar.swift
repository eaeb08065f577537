public import BanyanBulk
public import BanyanRegistry
import Dispatch
public import HandleClient
import HandleProtocol
import Synchronization

/// Registers at another server, over the Handle protocol: what a loader hands over goes out in requests, many at once
/// on each connection; connections that break are made again, and what had no answer is asked again, so that nothing is
/// lost and nothing done twice.
public final class NetworkRegistrar: LoginSink {
    public struct Options: Sendable {
        public var server: ServerAddress
        public var session = SessionOptions()
        public var connectionCount = 1
        /// How long a server that was there may be away.
        public var patience = Duration.seconds(120)
        /// Where the places of loads are kept; nil: nowhere, and a load that broke off finds what is there already.
        public var stateFolder: String?

        public init(server: ServerAddress) { self.server = server }
    }

    fileprivate struct Link {
        var session: AdministrationSession?
        var underWayCount = 0
    }

    fileprivate struct State {
        var queue = NetworkQueue()
        /// In the order of the input; the first ones may be done.
        var sets: [NetworkSet] = []
        var lastNumber: UInt64 = 0
        var links: [Link]
        var authentication: ClientAuthentication?
        var session: SessionOptions
        /// Counts logins: a connection of an earlier one is of no use.
        var generation = 0
        var isStarted = false
        var isClosed = false
        var failure: SubmissionError?
        /// When the server last answered; nil before it ever did.
        var lastContact: ContinuousClock.Instant?
        /// Sources that an earlier load had begun: the changes of their first set may have been done.
        var resumed: Set<SourceIdentity> = []

        mutating func failed(_ error: SubmissionError) {
            failure = failure ?? error
        }
    }

    private let options: Options
    private let loadState: LoadState?
    private let state: Mutex<State>
    /// Stores places and gives results out, in order.
    private let results = DispatchQueue(label: "load.results")

    /// - Parameter authentication: Nil where the input brings its own; until then nothing is sent.
    public init(_ options: Options, authentication: ClientAuthentication?) {
        self.options = options
        loadState = options.stateFolder.map { LoadState(folder: $0, server: "\(options.server)") }
        state = Mutex(
            State(
                links: Array(repeating: Link(), count: max(1, options.connectionCount)),
                authentication: authentication, session: options.session))
        if authentication != nil { start() }
    }

    // MARK: Changes

    public func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult { try enqueue(set).wait() }

    public func enqueue(_ set: ChangeSet) throws(SubmissionError) -> Submission {
        let contents = try set.contents()
        let submission = Submission(set)
        let failure = state.withLock { state -> SubmissionError? in
            if let failure = state.failure { return failure }
            guard state.authentication != nil else {
                return .server(
                    "who registers is not said: give --admin and --key, or begin with AUTHENTICATE", isAway: false)
            }
            let isRepeated = contents.checkpoint.map { state.resumed.remove($0.source) != nil } ?? false
            let group = NetworkSet(
                submission, checkpoint: contents.checkpoint, changeCount: contents.changes.count)
            state.sets.append(group)
            for (ordinal, change) in contents.changes.enumerated() {
                guard let change else {
                    group.take(.refused(.refused, words: "only its own node can do that"), ordinal: ordinal)
                    continue
                }
                state.lastNumber += 1
                state.queue.append(
                    NetworkQueue.Item(
                        operation: NetworkOperation(
                            change, conflictRule: contents.conflictRule, isRepeated: isRepeated),
                        number: state.lastNumber, set: group, ordinal: ordinal))
            }
            return nil
        }
        if let failure { throw failure }
        deliver()
        pump()
        return submission
    }

    public func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? {
        guard let position = loadState?.position(of: source) else { return nil }
        state.withLock { _ = $0.resumed.insert(source) }
        return position
    }

    /// Sends what may begin, as far as connections have room.
    private func pump() {
        typealias Requests = [(AdministrativeRequest, AdministrationSession.Completion)]
        let sends = state.withLock { state -> [(AdministrationSession, Requests)] in
            guard state.failure == nil else { return [] }
            var sends: [(AdministrationSession, Requests)] = []
            let window = state.session.window
            for index in state.links.indices {
                guard let session = state.links[index].session else { continue }
                var requests: Requests = []
                while state.links[index].underWayCount < window, let item = state.queue.next() {
                    guard let request = try? item.operation.request() else {
                        item.set.take(.refused(.malformedValue, words: nil), ordinal: item.ordinal)
                        state.queue.finished(item)
                        continue
                    }
                    state.links[index].underWayCount += 1
                    requests.append((request, { [self] in answered(item, $0, index, session) }))
                }
                if !requests.isEmpty { sends.append((session, requests)) }
            }
            return sends
        }
        for (session, requests) in sends { session.submit(requests) }
        deliver()
    }

    private func answered(
        _ answeredItem: NetworkQueue.Item, _ result: Result<Administration.Reply, ClientError>, _ index: Int,
        _ session: AdministrationSession
    ) {
        var item = answeredItem
        let isLater = state.withLock { state -> Bool in
            if state.links[index].session === session { state.links[index].underWayCount -= 1 }
            switch result {
            case .failure(let error):
                if error.code == .requestTooLong {
                    item.set.take(.refused(.recordTooLong, words: nil), ordinal: item.ordinal)
                    state.queue.finished(item)
                    return false
                }
                if state.links[index].session === session { state.links[index].session = nil }
                item.operation.isRepeated = item.operation.isRepeated || error.code == .unknownOutcome
                state.queue.giveBack(item)
            case .success(let reply):
                state.lastContact = .now
                let outcome = item.operation.answered(reply)
                switch outcome {
                case .goesOn: state.queue.giveBack(item)
                case .later: return true
                case .failed(let words): state.failed(.server(words, isAway: false))
                default:
                    item.set.take(outcome, ordinal: item.ordinal)
                    state.queue.finished(item)
                }
            }
            return false
        }
        if isLater { askLater(item) }
        pump()
    }

    private func askLater(_ item: NetworkQueue.Item) {
        Task { [self] in
            try? await Task.sleep(for: .milliseconds(200))
            state.withLock { $0.queue.giveBack(item) }
            pump()
        }
    }

    /// Gives out the results of the sets that are done, behind their places; all of them when there is no hope.
    private func deliver() {
        let (done, failure) = state.withLock { state -> ([NetworkSet], SubmissionError?) in
            if let failure = state.failure {
                defer { state.sets = [] }
                return (state.sets, failure)
            }
            let count = state.sets.prefix { $0.isDone }.count
            guard count > 0 else { return ([], nil) }
            defer { state.sets.removeFirst(count) }
            return (Array(state.sets[..<count]), nil)
        }
        guard !done.isEmpty else { return }
        let finished: [(Submission, Checkpoint?, Result<ChangeSetResult, SubmissionError>)] = done.map { set in
            (set.submission, set.checkpoint, failure.map { .failure($0) } ?? .success(set.whole))
        }
        results.async { [loadState] in
            for (submission, checkpoint, result) in finished {
                guard case .success = result, let checkpoint, let loadState else {
                    submission.finish(result)
                    continue
                }
                do throws(SystemError) {
                    try loadState.store(checkpoint)
                    submission.finish(result)
                } catch {
                    submission.finish(.failure(.store("\(error)")))
                }
            }
        }
    }

    // MARK: Connections

    private func start() {
        let count = state.withLock { state -> Int in
            defer { state.isStarted = true }
            return state.isStarted ? 0 : state.links.count
        }
        for index in 0..<count { Task { [self] in await keepConnected(index) } }
    }

    /// Keeps one connection until the end: a broken one is made again, after longer and longer pauses while the server
    /// is away.
    private func keepConnected(_ index: Int) async {
        var pause = Duration.zero
        while true {
            if pause > .zero { try? await Task.sleep(for: pause * Double.random(in: 0.5...1)) }
            let (authentication, session, generation) = state.withLock { state in
                let isOver = state.isClosed || state.failure != nil
                return (isOver ? nil : state.authentication, state.session, state.generation)
            }
            guard let authentication else { return }
            do throws(ClientError) {
                let opened = try await AdministrationSession.open(
                    to: options.server, authentication: authentication, options: session)
                let isWanted = state.withLock { state -> Bool in
                    guard !state.isClosed, state.generation == generation else { return false }
                    state.links[index] = Link(session: opened)
                    state.lastContact = .now
                    return true
                }
                if !isWanted { await opened.close() }
                pump()
                await opened.waitForEnd()
                let began = ContinuousClock.now
                state.withLock { state in
                    if state.links[index].session === opened { state.links[index] = Link() }
                }
                // A server that closes behind each answer is asked again at once.
                let isAtWork = state.withLock { $0.lastContact.map { began - $0 < .seconds(1) } ?? false }
                pause = isAtWork ? .zero : .milliseconds(100)
            } catch {
                guard mayTryAgain(error) else { return deliver() }
                pause = min(max(pause * 2, .milliseconds(50)), .seconds(5))
            }
        }
    }

    private func mayTryAgain(_ error: ClientError) -> Bool {
        state.withLock { state in
            let isAway: Bool =
                switch error.code {
                case .refused, .timedOut, .closed, .unknownHost, .sessionLost, .identityRefused(.serverTooBusy): true
                default: false
                }
            if isAway, let last = state.lastContact, ContinuousClock.now - last < options.patience { return true }
            state.failed(.server("\(error)", isAway: isAway))
            return false
        }
    }

    /// Goes on as somebody else, or in another kind of session; called when nothing is under way.
    public func logIn(_ login: BatchLogin) throws(BulkError) {
        let (authentication, session) = state.withLock { ($0.authentication, $0.session) }
        let changed = try NetworkLogin.apply(login, to: authentication, session)
        let open = state.withLock { state in
            (state.authentication, state.session) = changed
            state.generation += 1
            return state.takeSessions()
        }
        Self.close(open)
        if changed.0 != nil { start() }
    }

    /// Ends the sessions. What is under way is lost: wait for results first.
    public func close() {
        let open = state.withLock { state in
            state.isClosed = true
            return state.takeSessions()
        }
        Self.close(open)
    }

    private static func close(_ sessions: [AdministrationSession]) {
        let done = DispatchSemaphore(value: 0)
        for session in sessions {
            Task {
                await session.close()
                done.signal()
            }
        }
        for _ in sessions { done.wait() }
    }
}

extension NetworkRegistrar.State {
    fileprivate mutating func takeSessions() -> [AdministrationSession] {
        let sessions = links.compactMap(\.session)
        for index in links.indices { links[index] = NetworkRegistrar.Link() }
        return sessions
    }
}
