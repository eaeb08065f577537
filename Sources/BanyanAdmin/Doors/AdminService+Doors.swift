import BanyanIndex
public import HandleProtocol

/// What an operation came to, for a door that has a form of its own for it.
public struct AdminOutcome: Error, Equatable, Sendable {
    public var code: ResponseCode
    public var body: AnswerBody
    /// Of an answer: whether something was overwritten or minted.
    public var flags: OpFlags = []

    init(code: ResponseCode, body: AnswerBody, flags: OpFlags = []) {
        self.code = code
        self.body = body
        self.flags = flags
    }

    init(_ refusal: Refusal) { self.init(code: refusal.code, body: refusal.body) }

    /// The text for people; nil where there is none.
    public var message: String? {
        guard case .error(let body) = self.body, let message = body.message, !message.isEmpty else { return nil }
        return String(decoding: message, as: UTF8.self)
    }
}

/// Doors that authenticate by themselves. The rules, the permissions, the journal and the commit are those of the
/// Handle protocol: a request of a door is one of its requests, whose asker is known already.
extension AdminService {
    /// Does what a request asks for. Blocks while records are read.
    ///
    /// - Parameters:
    ///   - door: As the journal names it, such as `http`.
    ///   - completion: called once, here or, for a change, on the commit thread when it is durable: it must not block.
    public func perform(
        _ operation: OpCode, _ body: RequestBody, flags: OpFlags = [], for caller: Caller,
        through door: String, from peer: Peer, completion: @escaping @Sendable (AdminOutcome) -> Void
    ) {
        do throws(Refusal) {
            let now = Moment()
            let snapshot = try newestSnapshot()
            let draft = draft(operation, body, flags, in: snapshot, at: now)
            guard !isOfOtherServer(draft.request, at: snapshot) else {
                throw Refusal(.serverNotResponsible, "Request was hashed incorrectly")
            }
            operations.perform(
                draft, for: caller.asker, through: door, from: peer, in: snapshot, at: now, resume: nil
            ) { completion(AdminOutcome($0)) }
        } catch {
            completion(AdminOutcome(error))
        }
    }

    /// Names that may be listed: those under a prefix, those of the prefixes below it, or the prefixes homed here.
    /// - Parameter handle: `0.NA/P`, or `P`; nil for the homed prefixes.
    /// - Throws: what the caller is told where he may not.
    public func names(
        under handle: [UInt8]?, derived: Bool = false, for caller: Caller
    ) throws(AdminOutcome) -> NameList {
        do throws(Refusal) {
            let now = Moment()
            let snapshot = try newestSnapshot()
            let operation: OpCode = handle == nil ? .listHomedPrefixes : derived ? .listDerivedPrefixes : .listHandles
            let body = RequestBody.handle(handle.map { HandleRequest(handle: $0) } ?? HandleRequest())
            var evaluation = Evaluation(
                of: draft(operation, body, [], in: snapshot, at: now), for: caller.asker,
                remote: proofs.remote)
            switch try evaluation.plan(in: snapshot) {
            case .list(let listing):
                let prefix = derived ? nil : handle.flatMap { Prefix($0)?.bytes }
                return NameList(listing: listing, prefix: prefix, index: index)
            case .refused(let refusal): throw refusal
            case .needsProof: throw Refusal(.authenticationNeeded)
            case .answered, .change, .status, .stream: throw Refusal(.error)
            }
        } catch {
            throw AdminOutcome(error)
        }
    }

    private func draft(
        _ operation: OpCode, _ body: RequestBody, _ flags: OpFlags, in snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> AnswerDraft {
        let request = Message(
            envelope: Envelope(requestID: 0, messageByteCount: 0),
            header: MessageHeader(opCode: operation, flags: flags, expiration: now.seconds &+ MessageHeader.lifetime),
            body: body.bytes())
        return AnswerDraft(request: request, site: snapshot.site, now: now.seconds)
    }

    func newestSnapshot() throws(Refusal) -> IndexSnapshot {
        do throws(IndexError) { return try index.snapshot() } catch {
            faults.report("the index cannot be read", ["error": "\(error)"])
            throw Refusal(.error)
        }
    }
}

extension AdminOutcome {
    fileprivate init(_ performance: Performance) {
        switch performance {
        case .needsProof: self.init(code: .authenticationNeeded, body: .empty(surplus: []))
        case .stream: self.init(code: .operationNotSupported, body: .empty(surplus: []))
        case .answer(let message), .page(let message, _):
            let body = (try? Answer(parsing: message))?.body
            self.init(
                code: message.header.responseCode, body: body ?? .empty(surplus: []), flags: message.header.flags)
        }
    }
}
