public import BanyanIndex

/// An enterprise's prefix from its application to its end.
public struct PrefixContract: StoredDocument, Equatable {
    public static let kind = DocumentKind.prefix

    public enum State: String, Codable, Sendable, CaseIterable {
        /// Waits for the node's review.
        case applied
        /// Passed here; waits for the national review.
        case inReview
        case refused
        /// Passed everywhere: may be configured, and is answered for once it is.
        case approved
        case suspended
        /// At its end; the prefix may be applied for again.
        case revoked
    }

    /// Who answers for the identifiers.
    public enum Hosting: String, Codable, Sendable, CaseIterable {
        case none
        case applied
        case refused
        /// This node.
        case hosted
        /// The enterprise's own node, which the prefix's record points at.
        case delegated
    }

    /// Folded, without `0.NA/`.
    public var prefix: String
    public var number: UInt64
    /// The enterprise's number, and its account.
    public var enterprise: UInt64
    public var owner: String
    public var state: State
    public var hosting = Hosting.none
    /// Most identifiers that may be registered; nil: any number.
    public var quota: UInt64?
    /// Why it was refused, suspended or revoked.
    public var reason: String?
    /// Seconds since 1970.
    public var created: UInt64
    public var updated: UInt64

    /// An application.
    public init(prefix: String, number: UInt64, enterprise: UInt64, owner: String, at time: UInt64) {
        self.prefix = prefix
        self.number = number
        self.enterprise = enterprise
        self.owner = owner
        state = .applied
        created = time
        updated = time
    }

    public var documentName: String { prefix }
}

/// What happens to a prefix.
public enum PrefixEvent: Equatable, Sendable {
    /// The node's own review has passed it.
    case pass
    /// The national review has passed it too.
    case approve
    case refuse(reason: String)
    case hosted
    case delegated
    case suspend(reason: String)
    case resume
    case revoke(reason: String)
    /// To another enterprise and its account.
    case transfer(enterprise: UInt64, owner: String)
    case setQuota(UInt64?)
}

/// Why something cannot happen to a prefix now.
public enum PrefixEventError: Error, Equatable, Sendable {
    case notInState(PrefixContract.State)
    case reasonMissing
    case reasonTooLong
}

extension PrefixEventError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notInState(let state): "the prefix is \(state.rawValue)"
        case .reasonMissing: "a reason is missing"
        case .reasonTooLong: "the reason has more than \(PrefixContract.reasonLengthMax) characters"
        }
    }
}

extension PrefixContract {
    /// Longest reason, in characters.
    public static let reasonLengthMax = 255

    /// What the prefix is after an event, which takes place only in the states that are listed here:
    ///  1. pass: applied → in review.
    ///  2. approve: in review → approved. An operator who has the national answer approves from applied as well.
    ///  3. refuse: applied or in review → refused.
    ///  4. configured, hosted or delegated: approved.
    ///  5. suspend: approved → suspended; resume: back.
    ///  6. revoke: every state but refused and revoked → revoked.
    ///  7. transfer, quota: approved or suspended.
    public mutating func apply(_ event: PrefixEvent, at time: UInt64) throws(PrefixEventError) {
        switch (event, state) {
        case (.pass, .applied): state = .inReview
        case (.approve, .inReview), (.approve, .applied):
            state = .approved
            reason = nil
        case (.refuse(let text), .applied), (.refuse(let text), .inReview):
            reason = try Self.checked(text)
            state = .refused
        case (.hosted, .approved): hosting = .hosted
        case (.delegated, .approved): hosting = .delegated
        case (.suspend(let text), .approved):
            reason = try Self.checked(text)
            state = .suspended
        case (.resume, .suspended):
            state = .approved
            reason = nil
        case (.revoke(let text), .applied), (.revoke(let text), .inReview), (.revoke(let text), .approved),
            (.revoke(let text), .suspended):
            reason = try Self.checked(text)
            state = .revoked
            hosting = .none
        case (.transfer(let number, let name), .approved), (.transfer(let number, let name), .suspended):
            enterprise = number
            owner = name
        case (.setQuota(let count), .approved), (.setQuota(let count), .suspended): quota = count
        default: throw .notInState(state)
        }
        updated = time
    }

    private static func checked(_ reason: String) throws(PrefixEventError) -> String {
        guard !reason.isEmpty else { throw .reasonMissing }
        guard reason.count <= reasonLengthMax else { throw .reasonTooLong }
        return reason
    }
}
