public import BanyanIndex

/// What the upstream answered to an errand.
public struct Receipt: StoredDocument, Equatable {
    public static let kind = DocumentKind.receipt

    public enum Outcome: String, Codable, Sendable {
        case done
        /// Taken, and reviewed there: the result comes as a notice.
        case pending
        case refused
        /// Could not be told, since what it is about is not here any more.
        case void
    }

    /// One command and its answer.
    public struct Step: Codable, Equatable, Sendable {
        public var command: String
        /// Of RFC 5730 §3.
        public var code: Int
        /// Our transaction id, and the upstream's.
        public var client: String
        public var server: String

        public init(command: String, code: Int, client: String, server: String) {
            self.command = command
            self.code = code
            self.client = client
            self.server = server
        }
    }

    /// Of the errand in the outbox.
    public var sequence: UInt64
    public var matter: Errand.Matter
    public var prefix: String
    public var outcome: Outcome
    public var steps: [Step]
    /// What the upstream said, where it refused.
    public var message: String?
    /// The number that the upstream has given the enterprise, where it told.
    public var nationalNumber: String?
    /// Seconds since 1970.
    public var time: UInt64

    public init(
        _ errand: Errand, sequence: UInt64, outcome: Outcome, steps: [Step], message: String?, nationalNumber: String?
    ) {
        self.sequence = sequence
        matter = errand.matter
        prefix = errand.prefix
        self.outcome = outcome
        self.steps = steps
        self.message = message
        self.nationalNumber = nationalNumber
        time = ChangeOrigin.now
    }

    public var documentName: String { DocumentKey.name(ofSequence: sequence) }
}
