import BanyanRegistry
import HandleProtocol

/// What a request comes to, decided on one snapshot; nothing has been changed yet.
enum Plan {
    /// Somebody must prove who he is first.
    case needsProof
    /// Refused, but only told to who has proven himself; what everyone may hear is thrown.
    case refused(Refusal)
    case answered(AnswerBody)
    /// Nothing to change, or one change; and what to answer when it is durable.
    case change(Change?, Success = Success())
    case list(HandleListing)
    /// Records to a mirror.
    case stream(StreamRequest)
    /// The server's own state, as far as it is asked for.
    case status(Query)

    /// What the answer says of a change.
    struct Success: Sendable {
        var body = AnswerBody.empty(surplus: [])
        /// Flags of the answer.
        var telling: OpFlags = []
    }
}
