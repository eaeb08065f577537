public import BanyanIndex
public import HandleProtocol
import OpenSSL

/// Prefixes from application to end, the enterprises that they belong to, and the files of both. Every step is one
/// journaled commit.
public struct PrefixRegister: Sendable {
    let index: HandleIndex
    let sink: any ChangeSink
    let accounts: AccountRegister
    let dataKey: DataKey
    let files: any SealedFiles

    public init(
        index: HandleIndex, sink: any ChangeSink, accounts: AccountRegister, dataKey: DataKey,
        files: any SealedFiles
    ) {
        self.index = index
        self.sink = sink
        self.accounts = accounts
        self.dataKey = dataKey
        self.files = files
    }

    // MARK: Life of a prefix

    public func contract(of prefix: Prefix) throws(PrefixRegisterError) -> PrefixContract? {
        try read { (snapshot) throws(IndexError) in
            try snapshot.stored(PrefixContract.self, prefix.description)?.value
        }
    }

    public func contracts() throws(PrefixRegisterError) -> [PrefixContract] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(PrefixContract.self).map(\.value) }
    }

    /// Lets something happen to a prefix that was applied for, with all that follows from it: the owner's account gets
    /// or loses the prefix, the node begins or ends to answer.
    ///
    /// Where an upstream reviews applications, approving one passes it on to there first, and the second approval is
    /// the upstream's, unless it is final: by an operator who has its answer on paper.
    ///
    /// - Parameter sites: where the enterprise's own node is, of `.delegated`.
    public func apply(
        _ event: PrefixEvent, to prefix: Prefix, sites: [Site] = [], isFinal: Bool = false, by origin: ChangeOrigin
    ) throws(PrefixRegisterError) {
        var event = event
        if event == .approve, !isFinal, origin.principal != Self.upstreamPrincipal, try isForwarding() { event = .pass }
        try commit(try changes(of: event, to: prefix, sites: sites, by: origin), by: origin)
    }

    /// An event with all that follows from it.
    func changes(
        of event: PrefixEvent, to prefix: Prefix, sites: [Site], by origin: ChangeOrigin
    ) throws(PrefixRegisterError) -> [Change] {
        let name = prefix.description
        let stored = try read { (snapshot) throws(IndexError) in try snapshot.stored(PrefixContract.self, name) }
        guard let stored else { throw .noSuchPrefix }
        var contract = stored.value
        do throws(PrefixEventError) { try contract.apply(event, at: ChangeOrigin.now) } catch { throw .event(error) }
        var changes = contract.update(of: stored.sequence)
        switch event {
        case .approve: changes += try grant(name, to: contract.owner)
        case .transfer(_, let owner):
            changes += try withdraw(name, from: stored.value.owner, unless: owner) + grant(name, to: owner)
        case .hosted:
            changes += try read { (snapshot) throws(IndexError) in try Hosting.host(prefix, snapshot) }
            if let quota = contract.quota { changes += try limit(prefix, to: quota) }
        case .delegated:
            changes += try read { (snapshot) throws(IndexError) in
                try Hosting.delegate(prefix, to: sites, snapshot)
            }
        case .suspend, .resume, .revoke:
            if case .revoke = event { changes += try withdraw(name, from: contract.owner, unless: "") }
            changes += try read { (snapshot) throws(IndexError) in
                guard snapshot.prefix(prefix.bytes.rawSpan) != nil else { return [] }
                return [Self.change(of: event, prefix)]
            }
        case .setQuota(let quota) where contract.hosting == .hosted: changes += try limit(prefix, to: quota)
        case .pass, .refuse, .setQuota: break
        }
        return changes + (try postings(of: event, contract, by: origin))
    }

    /// The change that holds the prefix to a number of identifiers.
    private func limit(_ prefix: Prefix, to quota: UInt64?) throws(PrefixRegisterError) -> [Change] {
        let row = try read { (snapshot) throws(IndexError) in try snapshot.prefixRow(prefix.bytes.rawSpan) }
        var rules: IdentifierRules
        do throws(RuleError) { rules = try IdentifierRules(parsing: row?.rules ?? []) } catch {
            throw .refused(.invalidRules)
        }
        rules.quota = quota
        return [.setRules(prefix: prefix.bytes, rules: rules.bytes)]
    }

    /// What answers the prefix got end or begin again.
    private static func change(of event: PrefixEvent, _ prefix: Prefix) -> Change {
        switch event {
        case .suspend(let reason): .suspend(prefix: prefix.bytes, reason: Array(reason.utf8.prefix(255)))
        case .resume: .resume(prefix: prefix.bytes)
        default: .unhome(prefix: prefix.bytes)
        }
    }

    private func grant(_ prefix: String, to owner: String) throws(PrefixRegisterError) -> [Change] {
        guard let stored = try account(owner) else { throw .noSuchAccount }
        guard !stored.value.prefixes.contains(prefix) else { return [] }
        var account = stored.value
        account.prefixes.append(prefix)
        return account.update(of: stored.sequence, secret: stored.secret)
    }

    /// An account that has gone has nothing to lose.
    private func withdraw(
        _ prefix: String, from owner: String, unless other: String
    ) throws(PrefixRegisterError) -> [Change] {
        guard owner != other, let stored = try account(owner), stored.value.prefixes.contains(prefix) else { return [] }
        var account = stored.value
        account.prefixes.removeAll { $0 == prefix }
        return account.update(of: stored.sequence, secret: stored.secret)
    }

    /// The account of that name, whose a prefix may be.
    public func owner(_ name: String) throws(PrefixRegisterError) -> Account? { try account(name)?.value }

    func account(_ name: String) throws(PrefixRegisterError) -> Stored<Account>? {
        do throws(AccountError) { return try accounts.stored(name) } catch { throw .account(error) }
    }

    // MARK: Through the store

    func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(PrefixRegisterError) -> Result {
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .index(error) }
    }

    /// Commits the changes together; what they require comes first, so that all of them are done, or none.
    func commit(
        _ changes: [Change], by origin: ChangeOrigin,
        conflict: (_ kind: DocumentKind, _ ordinal: Int) -> PrefixRegisterError = { _, _ in .changed }
    ) throws(PrefixRegisterError) {
        let result: ChangeSetResult
        do throws(SubmissionError) { result = try sink.submit(origin.set(of: changes)) } catch {
            throw .submission(error)
        }
        guard let rejection = result.rejections.first else { return }
        guard rejection.error == .recordChanged else { throw .refused(rejection.error) }
        let ordinal = origin.ordinal(rejection, in: changes)
        guard changes.indices.contains(ordinal), case .requireDocument(let key, _) = changes[ordinal] else {
            throw .changed
        }
        throw conflict(key.kind, ordinal)
    }
}
