import HandleProtocol

/// The way from a root to the server that has a handle (RFC 3651 §3.2, RFC 3652 §3.4). No socket, no clock: each
/// reply gives what to ask next, and whom.
///
///  1. The query goes to the root.
///  2. "Not responsible": the root is asked for the services of the handle's prefix, 0.NA/prefix; its sites are asked
///     next.
///  3. A referral: its sites are asked next; when it only names a handle, that handle's sites are looked up first.
///  4. HS_SERV values name a handle whose sites are looked up the same way.
///  5. Nobody is asked the same question twice, and at most `askLimit` questions are asked.
struct ReferralWalk {
    enum Action: Equatable {
        /// Ask the first of these that can be reached.
        case ask(Query, [ServerEndpoint])
        /// The last reply to the first query is the answer.
        case finished
        case failed(ClientError.Code)
    }

    /// What a walk needs to know of a reply.
    enum Reply: Equatable {
        case found([HandleValue])
        case notResponsible
        case referral(Referral)
        /// Anything else: not found, refused, an error.
        case other
    }

    /// What the reference's client asks a prefix for.
    static let serviceTypes = [
        ValueType.site, ValueType.siteVersion6, ValueType.service, ValueType.namespace,
        ValueType.prefixSite, ValueType.prefixService, ValueType.prefixDelegate,
    ]
    /// Questions of one walk; the reference's client gives up at 40 referrals.
    static let askLimit = 20
    /// Look-ups that wait for one another.
    static let depthLimit = 8

    private struct Asked: Hashable {
        var handle: [UInt8]
        var endpoints: [ServerEndpoint]
    }

    private let root: ServerEndpoint
    private let authoritative: Bool
    /// The first query at the bottom; above it the look-ups that it waits for. The last one was asked.
    private var waiting: [Query]
    private var asked: Set<Asked> = []
    private var askCount = 0
    private var lookedUp: Set<[UInt8]> = []

    init(_ query: Query, root: ServerEndpoint, authoritative: Bool) {
        self.root = root
        self.authoritative = authoritative
        waiting = [query]
    }

    /// Whether the question that was asked last is the first query, not a look-up on its way.
    var isAskingQuery: Bool { waiting.count == 1 }
    /// Questions asked before the last one.
    var hopCount: Int { max(0, askCount - 1) }

    mutating func begin() -> Action { ask([root]) }

    mutating func received(_ reply: Reply) -> Action {
        guard let current = waiting.last else { return .finished }
        switch reply {
        case .found(let values) where !isAskingQuery:
            waiting.removeLast()
            return follow(values)
        case .found, .other: return .finished
        case .notResponsible:
            guard let prefix = prefixHandle(of: current.handle), !lookedUp.contains(HandleCase.folded(prefix)) else {
                // Nobody else to ask: what the query was told is the answer.
                return .finished
            }
            return lookUp(prefix)
        case .referral(let referral):
            if let values = referral.values, !values.isEmpty { return follow(values) }
            return referral.handle.isEmpty ? .failed(.noSite) : lookUp(referral.handle)
        }
    }

    /// Asks the query on top at the sites that values describe.
    private mutating func follow(_ values: [HandleValue]) -> Action {
        guard let query = waiting.last else { return .finished }
        let sites = values.filter { isType($0, ReferralWalk.siteTypes) }.compactMap { value in
            try? Site(parsing: value.data.rawSpan)
        }
        let endpoints = SiteChoice.endpoints(sites, for: query.handle, authoritative: authoritative)
        if !endpoints.isEmpty { return ask(endpoints) }
        guard let service = values.first(where: { isType($0, ReferralWalk.handleTypes) }), !service.data.isEmpty
        else { return .failed(.noSite) }
        return lookUp(service.data)
    }

    /// Asks the root for the services of a handle. One look-up of each: a second would bring the same.
    private mutating func lookUp(_ handle: [UInt8]) -> Action {
        guard lookedUp.insert(HandleCase.folded(handle)).inserted else { return .failed(.referralLoop) }
        guard waiting.count < ReferralWalk.depthLimit else { return .failed(.tooManyReferrals) }
        waiting.append(Query(handle: handle, types: ReferralWalk.serviceTypes))
        return ask([root])
    }

    private mutating func ask(_ endpoints: [ServerEndpoint]) -> Action {
        guard let query = waiting.last else { return .finished }
        let question = Asked(handle: HandleCase.folded(query.handle), endpoints: endpoints)
        guard asked.insert(question).inserted else { return .failed(.referralLoop) }
        guard askCount < ReferralWalk.askLimit else { return .failed(.tooManyReferrals) }
        askCount += 1
        return .ask(query, endpoints)
    }

    private static let siteTypes = [
        ValueType.site, ValueType.siteVersion6, ValueType.prefixSite, ValueType.prefixDelegate,
    ]
    private static let handleTypes = [ValueType.service, ValueType.prefixService]

    private func isType(_ value: HandleValue, _ types: [[UInt8]]) -> Bool {
        types.contains { HandleCase.areEqual($0.rawSpan, value.type.rawSpan) }
    }

    /// 0.NA/prefix; nil for handles that are themselves such: a root that does not know those knows no one who does.
    private func prefixHandle(of handle: [UInt8]) -> [UInt8]? {
        guard let slash = handle.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let prefix = handle[..<slash]
        guard !HandleCase.areEqual(prefix.rawSpan, Array("0.NA".utf8).rawSpan) else { return nil }
        return Array("0.NA/".utf8) + prefix
    }
}
