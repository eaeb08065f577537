import BanyanRegistry
public import HandleProtocol

/// What an operator does with the life of identifiers: out of use, and back.
public struct HandleAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// What became of one handle.
    public struct Outcome: Sendable {
        public var handle: [UInt8]
        /// False where it was so already.
        public var isChanged = false
        /// Why it was not done.
        public var refusal: String?
    }

    /// Puts handles into a state, for a reason of at most 255 bytes that is answered and journaled. One that is refused
    /// keeps no other from its change.
    public func setState(
        _ state: RecordState, of handles: [[UInt8]], reason: [UInt8], answering answered: [HandleValue] = [],
        source: String
    ) throws(NodeError) -> [Outcome] {
        let sink = try ChangeSinks.open(directory: directory)
        return try handles.map { (handle) throws(NodeError) in
            var set = ChangeSet(source: source)
            set.append(.setState(handle: handle, state, reason: reason, answering: answered.wireBytes))
            var outcome = Outcome(handle: handle)
            do throws(SubmissionError) {
                let result = try sink.submit(set)
                outcome.refusal = result.rejections.first?.error.description
                outcome.isChanged = result.replaced > 0
            } catch {
                throw .submission(error)
            }
            return outcome
        }
    }
}
