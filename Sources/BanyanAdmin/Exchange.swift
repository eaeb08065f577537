import BanyanResolver
import HandleProtocol

/// One request on its way to its answer, with all that is known of it besides its bytes.
struct Exchange: Sendable {
    var draft: AnswerDraft
    var conversation: Conversation
    let transport: TransportKind
    let peer: Peer
    let now: Moment
    /// Gets the answer, once; nil is silence.
    let completion: @Sendable (AdminAnswer?) -> Void
    /// Where to go on with a request that has been committed, when the thread that asked must not be held up; nil:
    /// it may wait, and the commit thread goes on.
    let resume: AdminService.Resumption?

    var request: Message { draft.request }
}
