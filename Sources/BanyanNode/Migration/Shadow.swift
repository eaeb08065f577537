import BanyanIndex
import HandleProtocol

/// Answers the traffic of another server that was captured, beside that server: each resolution is answered from a
/// directory as well, and what a client would have got otherwise is reported. Nothing is sent to anyone.
public struct Shadow: Sendable {
    public struct Difference: Equatable, Sendable {
        /// When the other server's answer was captured, in milliseconds since 1970.
        public var time: UInt64
        public var handle: [UInt8]
        public var text: String
    }

    public struct Report: Equatable, Sendable {
        /// Resolutions that were captured.
        public var requestCount = 0
        public var sameCount = 0
        public var differenceCount = 0
        /// Of values that were changed here after the other answer.
        public var changedCount = 0
        /// Answers that only a node can give: to administrators, or signed.
        public var otherCount = 0
        public var unansweredCount = 0
        /// Packets that were captured in part.
        public var incompleteCount = 0
    }

    private let answers: DirectoryAnswers
    private let port: UInt16

    /// - Parameter port: where the other server listened.
    public init(directory: NodeDirectory, port: UInt16) throws(NodeError) {
        answers = DirectoryAnswers(try directory.openIndex())
        self.port = port
    }

    /// Reads a capture to its end, `-` from standard input.
    ///
    /// - Throws: `CaptureError`, `NodeError`.
    public func run(capture path: String, _ differs: (Difference) -> Void) throws -> Report {
        let file = try CaptureFile(path: path)
        var conversations = CapturedConversations(port: port)
        var report = Report()
        while let packet = try file.next() {
            for exchange in conversations.receive(packet) { try compare(exchange, &report, differs) }
        }
        report.requestCount = conversations.requestCount
        report.unansweredCount = conversations.unansweredCount
        report.incompleteCount = file.incompleteCount
        return report
    }

    private func compare(
        _ exchange: CapturedConversations.Exchange, _ report: inout Report, _ differs: (Difference) -> Void
    ) throws(NodeError) {
        let seconds = exchange.time / 1_000
        let code = ResponseCode(rawValue: exchange.answer.rawSpan.bigEndianUInt32(at: 24))
        let isForEveryone = code != .authenticationNeeded
        guard isForEveryone, let handle = Self.handle(of: exchange.request),
            !HandleCase.folded(handle).starts(with: Array("0.SITE/".utf8)),
            let own = try answers.answer(to: exchange.request, at: UInt32(clamping: seconds))
        else {
            report.otherCount += 1
            return
        }
        let comparison = AnswerComparison(ours: own, theirs: exchange.answer)
        guard let text = comparison.difference else {
            report.sameCount += 1
            return
        }
        guard comparison.newestHere <= seconds else {
            report.changedCount += 1
            return
        }
        report.differenceCount += 1
        differs(Difference(time: exchange.time, handle: handle, text: text))
    }

    private static func handle(of request: [UInt8]) -> [UInt8]? {
        guard var message = try? Message(parsing: request.rawSpan) else { return nil }
        message.envelope.flags.remove(.truncated)
        guard case .query(let query) = try? RequestBody(parsing: message) else { return nil }
        return query.handle
    }
}
