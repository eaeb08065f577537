import HandleProtocol
import Synchronization

/// The last decision about who administers a prefix. Whoever registers in bulk asks the same again and again, hundreds
/// of times between two commits; the answer is used only for the very state of the index that it was found in.
final class AuthorityMemory: Sendable {
    struct Question: Equatable {
        /// `IndexSnapshot.stateNumber`.
        var state: UInt64
        var identity: Identity
        var handle: [UInt8]
        var permissions: AdminPermissions
    }

    struct Decision {
        var isAdministrator: Bool
        /// What it rests on: sequences by folded handle.
        var seen: [[UInt8]: UInt64]
    }

    private let last = Mutex<(question: Question, decision: Decision)?>(nil)

    func decision(of question: Question) -> Decision? {
        last.withLock { last in last.flatMap { $0.question == question ? $0.decision : nil } }
    }

    func keep(_ decision: Decision, of question: Question) {
        last.withLock { $0 = (question, decision) }
    }
}
