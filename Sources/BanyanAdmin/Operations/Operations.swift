import BanyanIndex
import BanyanRegistry
import BanyanResolver
import Dispatch
import HandleCrypto
import HandleProtocol
import OpenSSL

/// Does what requests ask for (RFC 3652 §3): decides on a snapshot, checks the proof, and has the change committed.
///
/// The decision and the change are two moments. What the decision rested on is named in the change, and compared by the
/// commit thread; where it is another by then, everything is decided anew.
final class Operations: Sendable {
    /// How often something is decided anew before the client is told to try later. Each time somebody else's change was
    /// committed in between, so all of them together go on.
    static let attemptCountMax = 64

    private let registrar: Registrar
    private let proofs: ProofCheck
    private let status: ServerStatus
    private let faults: FaultLog
    private let memory = AuthorityMemory()
    /// Signs streams.
    private let key: PrivateKey?
    /// Whether streams to mirrors of 2.8 and later go inside TLS.
    private let encryptsStreams: Bool
    var journal: JournalWatch { registrar.journal }
    /// Decides anew, one at a time and each waiting for its commit: so that those who change the same record all get
    /// their turn.
    private let again = DispatchQueue(label: "registration.again")
    /// Decides what needs an answer from another node, for threads that must not wait.
    private let waiting = DispatchQueue(label: "registration.waiting", attributes: .concurrent)

    init(
        registrar: Registrar, proofs: ProofCheck, status: ServerStatus, key: PrivateKey?, encryptsStreams: Bool,
        faults: FaultLog
    ) {
        self.registrar = registrar
        self.proofs = proofs
        self.status = status
        self.key = key
        self.encryptsStreams = encryptsStreams
        self.faults = faults
    }

    /// What the request of `draft` comes to when `asker` wants it: order of checks, codes and texts are those of the
    /// reference.
    ///
    /// - Parameters:
    ///   - door: As the journal names it.
    ///   - resume: For a thread that must not be held up: takes what is left to do when a change is durable. Nil: that
    ///     is done on the commit thread, and this thread may wait for other nodes.
    ///   - completion: Called once; before this returns, or, for a change, from inside `resume`.
    func perform(
        _ draft: AnswerDraft, for asker: Asker, through door: String, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment, resume: AdminService.Resumption?,
        completion: @escaping @Sendable (Performance) -> Void
    ) {
        var evaluation = Evaluation(
            of: draft, for: asker, remote: resume == nil ? proofs.remote : nil, memory: memory)
        do throws(Refusal) {
            let plan = try evaluation.plan(in: snapshot)
            if resume != nil, proofs.remote != nil, evaluation.authority.wantsRemote {
                return performWaiting(draft, for: asker, through: door, from: peer, at: now, completion: completion)
            }
            if case .claimed(let claim) = asker {
                let identity = try proofs.verify(claim.answer, of: claim.challenge, from: peer, in: snapshot, at: now)
                try claim.whenProven(identity)
            }
            switch plan {
            case .needsProof: completion(.needsProof)
            case .refused(let refusal): throw refusal
            case .answered(let body): completion(.answer(draft.answer(.success, body)))
            case .list(let listing): completion(page(of: listing, draft, in: snapshot))
            case .stream(let request): completion(stream(request, for: asker, draft, in: snapshot))
            case .status(let query): completion(.answer(try statusAnswer(query, draft, in: snapshot, at: now)))
            case .change(nil, let success): completion(.answer(draft.answer(success)))
            case .change(let change?, let success):
                let order = Order(
                    draft: draft, asker: asker, source: "\(door) \(peer)", resume: resume, completion: completion)
                try submit(order.changeSet(change, under: evaluation.authority.conditions), success, of: order)
            }
        } catch {
            if resume != nil, proofs.remote != nil, evaluation.authority.wantsRemote {
                return performWaiting(draft, for: asker, through: door, from: peer, at: now, completion: completion)
            }
            completion(.answer(draft.answer(error)))
        }
    }

    /// The same where waiting is allowed: another node is asked.
    private func performWaiting(
        _ draft: AnswerDraft, for asker: Asker, through door: String, from peer: Peer, at now: Moment,
        completion: @escaping @Sendable (Performance) -> Void
    ) {
        waiting.async { [self] in
            do throws(Refusal) {
                let snapshot = try newestSnapshot()
                perform(
                    draft, for: asker, through: door, from: peer, in: snapshot, at: now, resume: nil,
                    completion: completion)
            } catch {
                completion(.answer(draft.answer(error)))
            }
        }
    }

    // MARK: Changes

    /// A request whose asker has proven himself, on its way to its commit.
    private struct Order: Sendable {
        var draft: AnswerDraft
        var asker: Asker
        var source: String
        var resume: AdminService.Resumption?
        var completion: @Sendable (Performance) -> Void

        func changeSet(_ change: Change, under conditions: [Change]) -> ChangeSet {
            let overwrites = draft.request.header.flags.contains(.overwrite)
            var set = ChangeSet(
                onConflict: overwrites ? .replace : .fail, principal: asker.name,
                source: source)
            for condition in conditions { set.append(condition) }
            set.append(change)
            return set
        }

        func finish(_ success: Plan.Success) { completion(.answer(draft.answer(success))) }
        func finish(_ refusal: Refusal) { completion(.answer(draft.answer(refusal))) }
    }

    private func submit(_ set: ChangeSet, _ success: Plan.Success, of order: Order) throws(Refusal) {
        do throws(SubmissionError) {
            try registrar.submit(set) { [self] result in
                let finish: @Sendable () -> Void = { [self] in
                    switch Outcome(result) {
                    case .done: order.finish(success)
                    case .refused(let refusal): order.finish(refusal)
                    case .overtaken: again.async { self.decideAgain(order) }
                    }
                }
                if let resume = order.resume { resume(finish) } else { finish() }
            }
        } catch {
            throw Refusal(of: error)
        }
    }

    private func decideAgain(_ order: Order) {
        do throws(Refusal) {
            for _ in 1...Self.attemptCountMax {
                let snapshot = try newestSnapshot()
                var evaluation = Evaluation(
                    of: order.draft, for: order.asker, remote: proofs.remote, memory: memory)
                switch try evaluation.plan(in: snapshot) {
                case .change(let change?, let success):
                    let set = order.changeSet(change, under: evaluation.authority.conditions)
                    switch Outcome(Result { () throws(SubmissionError) in try registrar.submit(set) }) {
                    case .done: return order.finish(success)
                    case .refused(let refusal): throw refusal
                    case .overtaken: continue
                    }
                case .change(nil, let success): return order.finish(success)
                case .needsProof: return order.completion(.needsProof)
                case .refused(let refusal): throw refusal
                case .answered, .list, .stream, .status: throw Refusal(.error)
                }
            }
            throw Refusal(.serverTooBusy)
        } catch {
            order.finish(error)
        }
    }

    /// What became of a set with one change and what it requires.
    private enum Outcome {
        case done
        case refused(Refusal)
        /// Something that the decision rested on was changed in between.
        case overtaken

        init(_ result: Result<ChangeSetResult, SubmissionError>) {
            switch result {
            case .failure(let error): self = .refused(Refusal(of: error))
            case .success(let result):
                guard let rejection = result.rejections.first else {
                    self = .done
                    return
                }
                self = rejection.error == .recordChanged ? .overtaken : .refused(Refusal(of: rejection.error))
            }
        }
    }

    // MARK: Reading

    private func newestSnapshot() throws(Refusal) -> IndexSnapshot {
        do throws(IndexError) { return try registrar.index.snapshot() } catch {
            faults.report("the index cannot be read", ["error": "\(error)"])
            throw Refusal(.error)
        }
    }

    /// One page of a list; what follows begins where it ended, in a snapshot of its own, so that a client who is slow
    /// holds nothing open.
    private func page(
        of listing: HandleListing, _ draft: AnswerDraft, in snapshot: borrowing IndexSnapshot
    ) -> Performance {
        do throws(IndexError) {
            let (names, rest) = try listing.page(in: snapshot)
            let body = AnswerBody.handles(HandleList(handles: names))
            guard let rest else { return .answer(draft.answer(.success, body)) }
            return .page(draft.answer(.success, body, telling: .continuous)) { [self] in
                do throws(Refusal) {
                    return page(of: rest, draft, in: try newestSnapshot())
                } catch {
                    return .answer(draft.answer(error))
                }
            }
        } catch {
            faults.report("the index cannot be read", ["error": "\(error)"])
            return .answer(draft.answer(.error))
        }
    }

    /// Between nodes of our kind both ends of TLS are known by their keys: ours from our site record, the mirror's as
    /// the one that it has just proven itself with. Mirrors of the reference's kind show none.
    private func stream(
        _ request: StreamRequest, for asker: Asker, _ draft: AnswerDraft, in snapshot: borrowing IndexSnapshot
    ) -> Performance {
        if case .transactions(let body) = request, case .journal(let position) = body.known {
            stepDown(before: position, in: snapshot)
        }
        guard let key else { return .answer(draft.answer(.error, "this server has no key to sign a stream with")) }
        do {
            let isEncrypted = encryptsStreams && draft.request.envelope.version.hasFeatures(of2: 8)
            let feed = try request.feed(signedWith: isEncrypted ? nil : key, in: snapshot)
            let keys = isEncrypted && request.isOfNode ? try proofs.digestsOfKeys(of: asker, in: snapshot) : []
            return .stream(
                draft.answer(.success, request.announcement), feed,
                isEncrypted ? .tls(trusting: keys) : .signatures)
        } catch {
            faults.report("a mirror's stream cannot begin", ["error": "\(error)"])
            return .answer(draft.answer(.error))
        }
    }

    /// A primary that hears of a promotion which its own journal does not know has been replaced: it becomes a mirror,
    /// before it takes another change. What it has and the new primary has not stays in its journal, to be looked at.
    private func stepDown(before position: JournalPosition, in snapshot: borrowing IndexSnapshot) {
        do {
            guard try position.term > snapshot.term(), try !snapshot.isMirror() else { return }
            var site = try Site(parsing: snapshot.siteRecord)
            site.flags.remove(.primary)
            var set = ChangeSet(principal: "promotion", source: "term \(position.term)")
            set.append(.setMirror(true))
            set.append(.setSite(record: site.bytes, serverPosition: snapshot.site.serverPosition))
            _ = try registrar.submit(set)
            faults.report(
                "another node was made the primary: this one steps down, and takes no more changes",
                ["term": "\(position.term)"])
        } catch {
            faults.report("this node was replaced, and cannot step down", ["error": "\(error)"])
        }
    }

    private func statusAnswer(
        _ query: Query, _ draft: AnswerDraft, in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Message {
        let values: [HandleValue]
        do throws(IndexError) { values = try status.values(in: snapshot, at: now) } catch { throw Refusal(.error) }
        let selected = values.filter { query.selects($0) }
        guard !selected.isEmpty else { throw Refusal(.valuesNotFound) }
        return draft.answer(.success, .values(QueryAnswer(handle: query.handle, values: selected)))
    }
}

extension AnswerDraft {
    fileprivate func answer(_ success: Plan.Success) -> Message {
        answer(.success, success.body, telling: success.telling)
    }
}

extension TransportKind {
    /// The door, as the journal names it.
    var journalName: String {
        switch self {
        case .datagram: "udp"
        case .stream: "tcp"
        }
    }
}
