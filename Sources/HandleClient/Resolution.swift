public import HandleProtocol

/// Resolves handles from a root: asks it, and follows where it points to. The shell of `ReferralWalk`.
public struct Resolution: Sendable {
    /// One question of a walk, and its answer.
    public struct Step: Sendable {
        public var query: Query
        public var reply: Client.Reply
    }

    /// The answer, and how it was found.
    public struct Outcome: Sendable {
        public var reply: Client.Reply
        /// The server that answered.
        public var endpoint: ServerEndpoint
        /// All questions in order, the one that was answered among them.
        public var steps: [Step]
        /// Whether the answer's signature was asked for and is right, by the key in `endpoint`.
        public var isVerified: Bool
        /// Whether that key was looked up along the walk, not claimed by the server itself.
        public var isKeyFromReferral: Bool
    }

    public let client: Client
    public let root: ServerEndpoint
    public var wishes: ClientRequest.Wishes

    public init(client: Client, root: ServerEndpoint, wishes: ClientRequest.Wishes = ClientRequest.Wishes()) {
        self.client = client
        self.root = root
        self.wishes = wishes
    }

    /// Throws when no server gave an answer to trust; an answer that says no is an outcome.
    public func resolve(_ query: Query) async throws(ClientError) -> Outcome {
        var walk = ReferralWalk(query, root: root, authoritative: wishes.authoritative)
        var action = walk.begin()
        var steps: [Step] = []
        var answered: (reply: Client.Reply, endpoint: ServerEndpoint)?
        while true {
            switch action {
            case .ask(let question, let endpoints):
                let (reply, endpoint) = try await ask(question, endpoints, hopCount: walk.hopCount)
                steps.append(Step(query: question, reply: reply))
                if walk.isAskingQuery { answered = (reply, endpoint) }
                action = walk.received(ReferralWalk.Reply(reply))
            case .finished:
                guard let (reply, endpoint) = answered else { throw ClientError(.noSite, server: root.address) }
                return try await outcome(reply, endpoint, steps)
            case .failed(let code): throw ClientError(code, server: steps.last?.reply.server ?? root.address)
            }
        }
    }

    /// The first that can be reached.
    private func ask(
        _ query: Query, _ endpoints: [ServerEndpoint], hopCount: Int
    ) async throws(ClientError) -> (Client.Reply, ServerEndpoint) {
        var failure = ClientError(.noSite, server: root.address)
        for endpoint in endpoints {
            var wishes = wishes
            wishes.siteSerial = endpoint.siteSerial
            wishes.version = endpoint.version
            wishes.recursionCount = UInt8(clamping: hopCount)
            let request = ClientRequest.resolution(query, wishes: wishes, at: Client.now())
            do throws(ClientError) {
                return (try await client.send(request, to: endpoint), endpoint)
            } catch {
                guard error.isUnreachable else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func outcome(
        _ reply: Client.Reply, _ endpoint: ServerEndpoint, _ steps: [Step]
    ) async throws(ClientError) -> Outcome {
        var outcome = Outcome(
            reply: reply, endpoint: endpoint, steps: steps, isVerified: false,
            isKeyFromReferral: endpoint.publicKey?.isEmpty == false)
        guard wishes.certify else { return outcome }
        if !outcome.isKeyFromReferral {
            outcome.endpoint.publicKey = try await claimedKey(of: endpoint, for: steps.last?.query.handle ?? [])
        }
        try AnswerSignature.verify(reply, key: outcome.endpoint.publicKey ?? [])
        outcome.isVerified = true
        return outcome
    }

    /// The key in the site record that the server gives of itself: better than none, and the caller is told.
    private func claimedKey(of endpoint: ServerEndpoint, for handle: [UInt8]) async throws(ClientError) -> [UInt8] {
        let request = ClientRequest.siteInformation(at: Client.now())
        let reply = try await client.send(request, to: endpoint)
        guard case .site(let bytes) = reply.answer.body, let site = try? Site(parsing: bytes.rawSpan),
            let server = SiteChoice.server(of: site, for: handle), !server.publicKey.isEmpty
        else { throw ClientError(.serverKey, server: reply.server) }
        return server.publicKey
    }
}

extension ErrorBody {
    /// Whether a server that is responsible says that it does not answer for the prefix now: nobody else will.
    fileprivate var tellsOfSuspension: Bool { message == Array("Prefix suspended".utf8) }
}

extension ReferralWalk.Reply {
    init(_ reply: Client.Reply) {
        switch (reply.responseCode, reply.answer.body) {
        case (.success, .values(let answer)): self = .found(answer.values)
        case (.serverNotResponsible, .error(let body)) where body.tellsOfSuspension: self = .other
        case (.serverNotResponsible, _): self = .notResponsible
        case (_, .referral(let referral)): self = .referral(referral)
        default: self = .other
        }
    }
}
