import BanyanIndex
import HandleProtocol

extension PrefixRegister {
    /// Who makes the changes that the upstream asks for.
    public static let upstreamPrincipal = "upstream"

    /// Whether what happens to prefixes is told to an upstream, which reviews applications.
    public func isForwarding() throws(PrefixRegisterError) -> Bool {
        try read { (snapshot) throws(IndexError) in try snapshot.isForwarding() }
    }

    /// What is put into the outbox with an event. What the upstream itself has ordered is not told back to it.
    func postings(
        of event: PrefixEvent, _ contract: PrefixContract, by origin: ChangeOrigin
    ) throws(PrefixRegisterError) -> [Change] {
        guard origin.principal != Self.upstreamPrincipal, try isForwarding() else { return [] }
        switch event {
        case .pass: return [Errand(.application, of: contract).posting]
        case .hosted, .delegated: return [Errand(.configuration, of: contract).posting]
        case .suspend where contract.hosting != .none: return [Errand(.suspension, of: contract).posting]
        case .resume where contract.hosting != .none: return [Errand(.resumption, of: contract).posting]
        case .revoke: return [Errand(.removal, of: contract).posting]
        // The published interface gives a prefix to an enterprise once, and has no words for these.
        case .approve, .refuse, .suspend, .resume, .transfer, .setQuota: return []
        }
    }

    /// Does what the upstream says, and stores that it has been done, in one commit: told again, nothing happens.
    ///
    /// What cannot be done any more, since the prefix is in another state or not here, is stored as such. True when the
    /// notice was new.
    @discardableResult
    public func take(_ notice: UpstreamNotice, source: String) throws(PrefixRegisterError) -> Bool {
        let origin = ChangeOrigin(principal: Self.upstreamPrincipal, source: source)
        // Somebody may change the same prefix between the look and the commit: then it is looked at again.
        for _ in 0..<16 {
            let isKnown = try read { (snapshot) throws(IndexError) in
                try snapshot.document(DocumentKey(.notice, notice.documentName)) != nil
            }
            guard !isKnown else { return false }
            do throws(PrefixRegisterError) {
                try commit(changes(of: notice, by: origin), by: origin)
                return true
            } catch .changed {
                continue
            } catch .refused(let error) {
                try commit(Self.passingOver(notice, error.description), by: origin)
                return true
            }
        }
        throw .changed
    }

    private func changes(of notice: UpstreamNotice, by origin: ChangeOrigin) throws(PrefixRegisterError) -> [Change] {
        var stored = notice
        let event: PrefixEvent
        switch notice.content {
        case .review(true, _): event = .approve
        case .review(false, let message): event = .refuse(reason: Self.reason(message))
        case .suspension(let message): event = .suspend(reason: Self.reason(message))
        case .resumption: event = .resume
        case .revocation(let message): event = .revoke(reason: Self.reason(message))
        case .unknown:
            stored.outcome = .notUnderstood
            return stored.creation()
        }
        guard let prefix = Prefix(notice.prefix) else { return Self.passingOver(notice, "no prefix") }
        do throws(PrefixRegisterError) {
            // A review is of what was passed on: an application that came later has not been looked at there.
            if case .review = notice.content, let state = try contract(of: prefix)?.state, state != .inReview {
                throw .event(.notInState(state))
            }
            return try changes(of: event, to: prefix, sites: [], by: origin) + stored.creation()
        } catch {
            switch error {
            case .event, .noSuchPrefix, .noSuchAccount: return Self.passingOver(notice, error.description)
            default: throw error
            }
        }
    }

    private static func passingOver(_ notice: UpstreamNotice, _ reason: String) -> [Change] {
        var notice = notice
        notice.outcome = .passedOver
        notice.reason = reason
        return notice.creation()
    }

    /// A reason of the length that one may have here, and one in any case.
    private static func reason(_ message: String) -> String {
        let line = message.split { $0.isNewline || ($0.asciiValue ?? 0x20) < 0x20 }.joined(separator: " ")
        return line.isEmpty ? "国家顶级节点" : String(line.prefix(PrefixContract.reasonLengthMax))
    }
}
