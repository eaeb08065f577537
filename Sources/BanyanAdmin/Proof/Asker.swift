import BanyanRegistry
import HandleProtocol

/// Who wants an operation done, and how sure that is.
enum Asker: Sendable {
    /// Nobody has proven anything.
    case anyone
    /// By a session or a login that has proven it before.
    case proven(Identity)
    /// By the answer to a challenge, which is checked when the operation is one that this identity may do: that comes
    /// first (RFC-notes.md).
    case claimed(Claim)
    /// A user or a token of this node, checked at another door.
    case account(Principal)

    /// Who it is, or says to be, as the Handle System knows it.
    var identity: Identity? {
        switch self {
        case .anyone, .account: nil
        case .proven(let identity): identity
        case .claimed(let claim): Identity(claim.answer.key)
        }
    }

    var account: Principal? {
        guard case .account(let principal) = self else { return nil }
        return principal
    }

    /// As the journal names it.
    var name: String { account?.name ?? identity?.description ?? "anyone" }
}

/// An answer to a challenge, and the challenge.
struct Claim: Sendable {
    var answer: ChallengeAnswer
    var challenge: PendingChallenge
    /// Told when the answer has been found right, before anything is done; a session looks at the MAC then, and takes
    /// down who it is. What it throws is answered.
    var whenProven: @Sendable (Identity) throws(Refusal) -> Void = { (_) throws(Refusal) in }
}
