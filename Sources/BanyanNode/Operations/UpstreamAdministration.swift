public import BanyanRegistry

/// What an operator sees and does of the link to the upstream, with the files alone or through the node that serves
/// them.
public struct UpstreamAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// How far the outbox is told.
    public struct Standing: Sendable {
        public var isForwarding: Bool
        public var told: UInt64
        public var waitingCount: Int
        /// The serving node's own figures of the link, as JSON; nil where no node serves.
        public var link: String?
    }

    public func standing() throws(NodeError) -> Standing {
        let outbox = Outbox(index: try directory.openIndex(), sink: NoSink())
        do throws(OutboxError) {
            return Standing(
                isForwarding: try outbox.isForwarding(), told: try outbox.mark().told,
                waitingCount: try outbox.waitingCount(), link: NodeReport.figures(of: directory))
        } catch {
            throw NodeError(error)
        }
    }

    /// The errands, told or not, from a sequence on.
    public func entries(from sequence: UInt64, countMax: Int) throws(NodeError) -> [Outbox.Entry] {
        try read { (outbox) throws(OutboxError) in
            try outbox.entries(behind: sequence > 0 ? sequence - 1 : 0, countMax: countMax)
        }
    }

    public func receipts(from sequence: UInt64, countMax: Int) throws(NodeError) -> [Receipt] {
        try read { (outbox) throws(OutboxError) in
            try outbox.receipts(behind: sequence > 0 ? sequence - 1 : 0, countMax: countMax)
        }
    }

    public func notices() throws(NodeError) -> [UpstreamNotice] {
        try read { (outbox) throws(OutboxError) in try outbox.notices() }
    }

    /// Tells everything from a sequence on again. False where that is not told yet.
    public func replay(from sequence: UInt64) throws(NodeError) -> Bool {
        let sink = try ChangeSinks.open(directory: directory)
        let index = if let registrar = sink as? Registrar { registrar.index } else { try directory.openIndex() }
        do throws(OutboxError) {
            return try Outbox(index: index, sink: sink).replay(
                from: sequence, by: ChangeOrigin(source: "upstream replay"))
        } catch {
            throw NodeError(error)
        }
    }

    private func read<Result>(_ body: (Outbox) throws(OutboxError) -> Result) throws(NodeError) -> Result {
        let outbox = Outbox(index: try directory.openIndex(), sink: NoSink())
        do throws(OutboxError) { return try body(outbox) } catch { throw NodeError(error) }
    }
}

/// For reading alone.
private struct NoSink: ChangeSink {
    func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult { throw .closed }
    func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? { nil }
}

extension NodeError {
    init(_ error: OutboxError) {
        switch error {
        case .index(let error): self = .index(error)
        case .submission(let error): self = .submission(error)
        case .refused(let error): self = .refused("outbox", error)
        case .moved: self = .submission(.busy)
        }
    }
}
