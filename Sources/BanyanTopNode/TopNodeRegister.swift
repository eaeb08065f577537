public import BanyanSync

/// What is registered at the top-level node, and the messages that wait for its client. Pure: a command gives an answer
/// and events; whoever keeps the log applies them.
public struct TopNodeRegister: Sendable {
    public struct Prefix: Equatable, Sendable {
        public var enterprise: String
        public var client: String
        public var server: String
        /// Nil while nobody has decided.
        public var isPassed: Bool?
    }

    /// Who decides on applications.
    public enum Reviewer: Equatable, Sendable {
        case approving
        case refusing(reason: String)
        case byHand
    }

    /// The prefix of the node that is let in: what is under another one it may not create.
    public let nodePrefix: String
    /// By certificate.
    public private(set) var enterprises: [String: String] = [:]
    public private(set) var enterpriseNames: [String: String] = [:]
    public private(set) var prefixes: [String: Prefix] = [:]
    public private(set) var identifiers: [String: EPPIdentifier] = [:]
    public private(set) var queue: [TopNodeMessage] = []
    private var messageCount = 0
    /// How often each thing was created: more than once each is a fault of the client's or ours.
    public private(set) var creationCounts: [String: Int] = [:]

    public init(nodePrefix: String) { self.nodePrefix = nodePrefix }

    // MARK: Events

    public mutating func apply(_ event: TopNodeEvent) {
        switch event {
        case .enterpriseCreated(let number, let certificate, let name):
            enterprises[certificate] = number
            enterpriseNames[number] = name
            creationCounts["enterprise \(certificate)", default: 0] += 1
        case .enterpriseReplaced(let number, let name): enterpriseNames[number] = name
        case .enterpriseChanged: break
        case .prefixCreated(let prefix, let enterprise, let client, let server):
            prefixes[prefix] = Prefix(enterprise: enterprise, client: client, server: server)
            creationCounts["prefix \(prefix)", default: 0] += 1
        case .decided(let prefix, let isPassed):
            if isPassed {
                prefixes[prefix]?.isPassed = true
            } else {
                // It may be applied for again.
                prefixes[prefix] = nil
                creationCounts["prefix \(prefix)"] = nil
            }
        case .messageQueued(let message):
            messageCount += 1
            queue.append(message)
        case .messageTaken(let id): queue.removeAll { $0.id == id }
        case .identifierSet(let object): identifiers[object.name] = object
        case .identifierDeleted(let name): identifiers[name] = nil
        }
    }

    // MARK: Decisions

    /// The reviewer's decision, as a message for the client; nothing where there is no such application.
    public func decide(_ prefix: String, isPassed: Bool, reason: String) -> [TopNodeEvent] {
        guard let application = prefixes[prefix], application.isPassed == nil else { return [] }
        return [
            .decided(prefix: prefix, isPassed: isPassed),
            .messageQueued(
                message(prefix, application, state: 1, auditResult: isPassed ? 1 : 2, text: reason)),
        ]
    }

    /// An order: state 0 suspends, 1 resumes, 2 revokes.
    public func order(_ prefix: String, state: Int, reason: String) -> [TopNodeEvent] {
        guard let application = prefixes[prefix], application.isPassed == true else { return [] }
        return [.messageQueued(message(prefix, application, state: state, auditResult: nil, text: reason))]
    }

    private func message(
        _ prefix: String, _ application: Prefix, state: Int, auditResult: Int?, text: String
    ) -> TopNodeMessage {
        TopNodeMessage(
            id: String(messageCount + 1), prefix: prefix, enterprise: application.enterprise,
            client: application.client, server: application.server, state: state, auditResult: auditResult,
            text: text)
    }

    // MARK: Commands

    /// What a command is answered, and what happens.
    public struct Outcome: Sendable {
        public var code: EPPResponse.Code
        public var message = ""
        public var data: EPPData?
        public var events: [TopNodeEvent] = []

        init(_ code: EPPResponse.Code, _ message: String = "", _ data: EPPData? = nil, _ events: [TopNodeEvent] = []) {
            self.code = code
            self.message = message
            self.data = data
            self.events = events
        }
    }

    /// Of a client that has logged in.
    public func handle(_ command: EPPCommand, client: String, server: String, reviewer: Reviewer) -> Outcome {
        switch command {
        case .login, .logout: return Outcome(.use, "already logged in")
        case .requestMessage:
            guard let message = queue.first else { return Outcome(.noMessages, "no messages") }
            return Outcome(.message, "ack to dequeue", .prefix(message.notice))
        case .acknowledgeMessage(let id):
            guard queue.contains(where: { $0.id == id }) else { return Outcome(.doesNotExist, "no such message") }
            return Outcome(.done, "", nil, [.messageTaken(id: id)])
        case .checkEnterprise(_, _, let code):
            // The check names the kind of certificate, the form does not: the code alone is compared.
            guard let number = enterprises[code] else { return Outcome(.doesNotExist, "not registered") }
            return Outcome(.done, "", .enterprise(number: number, isCheck: true))
        case .createEnterprise(let node, let form): return create(form, under: node)
        case .replaceEnterprise(_, let number, let form):
            guard enterpriseNames[number] != nil else { return Outcome(.doesNotExist, "no such enterprise") }
            return Outcome(.done, "", nil, [.enterpriseReplaced(number: number, name: form.chineseName)])
        case .changeEnterprise(_, let number, _):
            guard enterpriseNames[number] != nil else { return Outcome(.doesNotExist, "no such enterprise") }
            return Outcome(.done, "", nil, [.enterpriseChanged(number: number)])
        case .checkPrefix(let node, let prefix):
            guard isOurs(prefix, under: node) else { return Outcome(.notAuthorized, "another node's prefix") }
            return prefixes[prefix] == nil ? Outcome(.done) : Outcome(.exists, "registered")
        case .createPrefix(let node, let enterprise, let prefix):
            return create(prefix, of: enterprise, under: node, client: client, server: server, reviewer)
        case .checkIdentifiers(let names):
            return Outcome(
                .done, "", .identifierChecks(names.map { (name: $0, isFree: identifiers[$0] == nil) }))
        case .identifierInfo(let name):
            guard let object = identifiers[name] else { return Outcome(.doesNotExist, "no such identifier") }
            return Outcome(.done, "", .identifier(object))
        case .createIdentifier(let object): return create(object)
        case .changeIdentifier(let change): return self.change(change)
        case .deleteIdentifier(let name):
            guard identifiers[name] != nil else { return Outcome(.doesNotExist, "no such identifier") }
            return Outcome(.done, "", nil, [.identifierDeleted(name: name)])
        }
    }

    private func isOurs(_ prefix: String, under node: String) -> Bool {
        node == nodePrefix && prefix.hasPrefix(node + ".")
    }

    private func create(_ form: EPPEnterprise, under node: String) -> Outcome {
        guard node == nodePrefix else { return Outcome(.notAuthorized, "another node") }
        guard !form.legalPerson.name.isEmpty else { return Outcome(.missing, "legalPerson") }
        let certificate = form.certificateCode
        guard enterprises[certificate] == nil else { return Outcome(.exists, "registered") }
        let number = String(10_000 + enterprises.count)
        return Outcome(
            .done, "", .enterprise(number: number, isCheck: false),
            [.enterpriseCreated(number: number, certificate: certificate, name: form.chineseName)])
    }

    private func create(
        _ prefix: String, of enterprise: String, under node: String, client: String, server: String,
        _ reviewer: Reviewer
    ) -> Outcome {
        guard isOurs(prefix, under: node) else { return Outcome(.notAuthorized, "another node's prefix") }
        guard prefixes[prefix] == nil else { return Outcome(.exists, "registered") }
        guard enterpriseNames[enterprise] != nil else { return Outcome(.doesNotExist, "no such enterprise") }
        var after = self
        let created = TopNodeEvent.prefixCreated(
            prefix: prefix, enterprise: enterprise, client: client, server: server)
        after.apply(created)
        let decision: [TopNodeEvent] =
            switch reviewer {
            case .approving: after.decide(prefix, isPassed: true, reason: "")
            case .refusing(let reason): after.decide(prefix, isPassed: false, reason: reason)
            case .byHand: []
            }
        return Outcome(.pending, "reviewed later", nil, [created] + decision)
    }

    private func create(_ object: EPPIdentifier) -> Outcome {
        guard prefixes[object.name]?.isPassed == true else {
            return Outcome(.policy, "the prefix has not been approved")
        }
        guard identifiers[object.name] == nil else { return Outcome(.exists, "registered") }
        var object = object
        object.statuses = ["ok"]
        return Outcome(.done, "", nil, [.identifierSet(object)])
    }

    /// RFC 5730 §2.9.3.4's way: what is to be removed must be there, what is to be added must not.
    private func change(_ change: EPPIdentifierChange) -> Outcome {
        guard var object = identifiers[change.name] else { return Outcome(.doesNotExist, "no such identifier") }
        guard change.removed.sites.allSatisfy({ object.sites.contains($0) }),
            change.removed.administrators.allSatisfy({ object.administrators.contains($0) }),
            change.removed.statuses.allSatisfy({ object.statuses.contains($0) }),
            change.added.statuses.allSatisfy({ !object.statuses.contains($0) })
        else { return Outcome(.status, "not in that state") }
        object.sites.removeAll { change.removed.sites.contains($0) }
        object.sites += change.added.sites
        object.administrators.removeAll { change.removed.administrators.contains($0) }
        object.administrators += change.added.administrators
        object.statuses.removeAll { change.removed.statuses.contains($0) || $0 == "ok" }
        object.statuses += change.added.statuses
        if object.statuses.isEmpty { object.statuses = ["ok"] }
        return Outcome(.done, "", nil, [.identifierSet(object)])
    }
}
