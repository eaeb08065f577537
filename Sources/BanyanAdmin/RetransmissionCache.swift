import Synchronization

/// Answers to datagrams, kept for a moment: clients send a datagram again when its answer is late, with the same bytes.
/// The same answer then costs no second signature and makes no second challenge.
final class RetransmissionCache: Sendable {
    static let countMax = 1_024
    /// Requests and answers together.
    static let byteCountMax = 8 << 20
    static let lifetime = Duration.seconds(5)

    private struct Question: Hashable {
        var peer: Peer
        var request: [UInt8]
    }

    private struct Entry {
        var question: Question
        var byteCount: Int
        var made: ContinuousClock.Instant
    }

    private struct State {
        var answers: [Question: [UInt8]] = [:]
        /// As many as the doors let be in work.
        var inWork: Set<Question> = []
        /// Oldest first, from `first` on.
        var order: [Entry] = []
        var first = 0
        var byteCount = 0

        mutating func removeOld(at now: ContinuousClock.Instant) {
            while first < order.count {
                let entry = order[first]
                let isTooMuch = answers.count > countMax || byteCount > byteCountMax
                guard isTooMuch || now - entry.made >= lifetime else { break }
                answers[entry.question] = nil
                byteCount -= entry.byteCount
                first += 1
            }
            if first > order.count / 2 {
                order.removeFirst(first)
                first = 0
            }
        }
    }

    private let state = Mutex(State())

    /// What is known of a datagram.
    enum Standing: Equatable {
        /// The answer that the same bytes from there got a moment ago.
        case answered([UInt8])
        /// It came before and is being answered: silence, since the answer is on its way.
        case inWork
        case new
    }

    /// Takes a datagram in; what is new must be told of by `finish`.
    func begin(_ request: [UInt8], from peer: Peer, at now: ContinuousClock.Instant) -> Standing {
        state.withLock { state in
            state.removeOld(at: now)
            let question = Question(peer: peer, request: request)
            if let answer = state.answers[question] { return .answered(answer) }
            return state.inWork.insert(question).inserted ? .new : .inWork
        }
    }

    /// Keeps the answer, unless there is none or it goes on for long.
    func finish(_ request: [UInt8], from peer: Peer, with answer: AdminAnswer?, at now: ContinuousClock.Instant) {
        state.withLock { state in
            let question = Question(peer: peer, request: request)
            state.inWork.remove(question)
            guard let answer, answer.rest == nil, state.answers[question] == nil else { return }
            let byteCount = request.count + answer.message.count
            state.answers[question] = answer.message
            state.order.append(Entry(question: question, byteCount: byteCount, made: now))
            state.byteCount += byteCount
            state.removeOld(at: now)
        }
    }
}
