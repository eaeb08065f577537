import BanyanAdmin
import BanyanTransport
import Dispatch
import HandleClient
import HandleProtocol
import Synchronization

/// Asks the servers that the operator named, and where they refer to, for what lends authority here and is elsewhere.
///
/// Bounded: one question at a time, two seconds each, so that whoever names keys of nodes that do not answer holds up
/// one thread of the pool; what was learned is kept for a minute, that there was nothing for a few seconds. Answers
/// must be signed. What is asked for, everyone's values and the verification of an answer, any node answers from its
/// own records: no question goes round in a circle, not even one that comes back here.
final class RemoteAuthorityClient: RemoteAuthority {
    static let timeout = DispatchTimeInterval.seconds(2)
    static let keptTime = Duration.seconds(60)
    static let keptTimeOfNothing = Duration.seconds(5)
    /// Answers that are kept; when there are more, all go.
    static let keptCountMax = 1_000

    private struct Question: Hashable {
        var handle: [UInt8]
        var type: [UInt8]
    }

    private struct Kept {
        var values: [HandleValue]?
        var until: ContinuousClock.Instant
    }

    private struct State {
        var kept: [Question: Kept] = [:]
        var isAsking = false
    }

    private let roots: [ServerEndpoint]
    private let client: Client
    private let state = Mutex(State())

    /// Nil when there is nobody to ask.
    init?(servers: [Endpoint]) {
        guard !servers.isEmpty else { return nil }
        roots = servers.compactMap { ServerAddress("\($0)") }.map { ServerEndpoint($0) }
        var options = ClientOptions()
        options.transport = .streamOnly
        options.connectTimeout = 1_000
        options.streamTimeout = 2_000
        options.wantsRequestDigest = true
        client = Client(options: options)
    }

    func values(of handle: [UInt8], type: [UInt8]) -> [HandleValue]? {
        let question = Question(handle: HandleCase.folded(handle), type: type)
        let now = ContinuousClock.now
        if let kept = state.withLock({ $0.kept[question] }), kept.until > now { return kept.values }
        let resolution = ask { [roots, client] in
            try await Self.resolve(Query(handle: handle, types: [type]), from: roots, by: client)
        }
        guard let resolution else { return nil }
        let values = resolution.values
        state.withLock { state in
            if state.kept.count >= Self.keptCountMax { state.kept.removeAll() }
            let keptTime = values == nil ? Self.keptTimeOfNothing : Self.keptTime
            state.kept[question] = Kept(values: values, until: now + keptTime)
        }
        return values
    }

    func isValid(_ question: VerifyChallenge) -> Bool? {
        ask { [roots, client] in
            let query = Query(handle: question.key.handle)
            let server = try await Self.resolve(query, from: roots, by: client).server
            let request = ClientRequest.verification(question)
            let reply = try await client.send(request, to: server)
            guard case .verified(let answer) = reply.answer.body else { return false }
            return answer.isValid
        }
    }

    /// The values, nil where there are none to trust, and the server that has them.
    private static func resolve(
        _ query: Query, from roots: [ServerEndpoint], by client: Client
    ) async throws -> (values: [HandleValue]?, server: ServerEndpoint) {
        var wishes = ClientRequest.Wishes()
        wishes.certify = true
        wishes.authoritative = true
        wishes.requestDigest = true
        var failure: any Error = ClientError(.noSite)
        for root in roots {
            do {
                let outcome = try await Resolution(client: client, root: root, wishes: wishes).resolve(query)
                guard case .values(let answer) = outcome.reply.answer.body, outcome.isVerified else {
                    return (nil, outcome.endpoint)
                }
                return (answer.values, outcome.endpoint)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// What `body` finds out in time; nil where somebody else is asking, or nothing was found out.
    private func ask<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) -> Result? {
        let mayAsk = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard mayAsk else { return nil }
        defer { state.withLock { $0.isAsking = false } }
        let found = Finding<Result>()
        let task = Task.detached {
            found.set(try? await body())
        }
        defer { task.cancel() }
        return found.wait(Self.timeout)
    }
}

/// A result on its way from a task to the thread that waits for it.
private final class Finding<Result: Sendable>: Sendable {
    private let result = Mutex<Result?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func set(_ value: Result?) {
        result.withLock { $0 = value }
        isThere.signal()
    }

    func wait(_ timeout: DispatchTimeInterval) -> Result? {
        guard isThere.wait(timeout: .now() + timeout) == .success else { return nil }
        return result.withLock { $0 }
    }
}
